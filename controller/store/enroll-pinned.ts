import type { Event } from "../core/ledger.ts";
import type { ChannelRow, NewEpoch } from "../core/ports.ts";
import { claimCertificates, pinCertificates } from "./certificates.ts";
import { type Db, withRetries } from "./db.ts";
import { type Entrant, withinLimit } from "./device-limit.ts";
import { type Begun, beginWithin } from "./enrollment.ts";
import { appendEvents } from "./events.ts";
import { noteRefused, retiredAmong } from "./lifecycle.ts";
import type { Store } from "./open.ts";

/** How a channel was when somebody judged who may begin an epoch on it. */
export interface Judged {
  readonly epoch: number;
  readonly status: ChannelRow["status"];
}

/** An Authenticate with an issued certificate, and how its channel was when it was judged. */
export interface Enrollment {
  readonly epoch: NewEpoch;
  readonly judged: Judged | undefined;
  /** The most devices that may be enrolled with this one; any number when absent. */
  readonly limit?: number | undefined;
  /** The serial number that the device tells, whether or not its record is to bear it. */
  readonly says?: string | undefined;
  /** What is told of it, in the same transaction. */
  readonly tell?: (begun: Begun) => readonly Event[];
}

/**
 * `not-usable`: the certificate is not for this channel. `changed`: the channel is not as it was judged. `full`: it
 * would be one device more than the limit. `retired`: it may not enroll again, which is noted.
 */
export type Enrolled = Begun | "not-usable" | "changed" | "full" | "retired";

/**
 * Begins epochs with issued certificates, which are pinned to their channels in the same transaction: one that two
 * channels use at once begins one epoch. For what is refused nothing has begun.
 */
export function enrollPinned(store: Store, enrollments: readonly Enrollment[]): Promise<readonly Enrolled[]> {
  return withRetries(() =>
    store.transaction(async (db) => {
      const same = await asJudged(db, enrollments);
      const welcome = await withoutRetired(db, store, same);
      const hasRoom = await withinLimit(db, welcome.map(entrantOf));
      const admitted = welcome.filter((_, index) => hasRoom[index] === true);
      const pins = admitted.map(({ epoch }) => ({ sha256: epoch.certificate, channel: epoch.channel }));
      const isClaimed = await claimCertificates(db, pins);
      const usable = admitted.filter((_, index) => isClaimed[index] === true);
      const begun =
        usable.length === 0
          ? []
          : await beginWithin(
              db,
              usable.map(({ epoch }) => epoch),
            );
      await pinCertificates(
        db,
        pins.filter((_, index) => isClaimed[index] === true),
      );
      await appendEvents(
        db,
        begun.flatMap((one, index) => usable[index]?.tell?.(one) ?? []),
      );
      return enrollments.map((one) => {
        const place = usable.indexOf(one);
        return begun[place] ?? whyNot(one, { same, welcome, admitted });
      });
    }),
  );
}

/** Those that are no retired device, by any word that they say of themselves. */
async function withoutRetired(
  db: Db,
  { sealer }: Store,
  enrollments: readonly Enrollment[],
): Promise<readonly Enrollment[]> {
  const claims = enrollments.map(({ epoch, says }) => ({ channels: [epoch.channel], serial: says }));
  const retired = await retiredAmong(db, sealer, claims);
  const devices = retired.filter((device) => device !== undefined);
  if (devices.length > 0)
    await noteRefused(db, devices, Math.max(...enrollments.map(({ epoch }) => epoch.at)));
  return enrollments.filter((_, index) => retired[index] === undefined);
}

type Sieved = Readonly<Record<"same" | "welcome" | "admitted", readonly Enrollment[]>>;

function whyNot(
  one: Enrollment,
  { same, welcome, admitted }: Sieved,
): "not-usable" | "changed" | "full" | "retired" {
  if (!same.includes(one)) return "changed";
  if (!welcome.includes(one)) return "retired";
  return admitted.includes(one) ? "not-usable" : "full";
}

function entrantOf({ epoch, judged, limit }: Enrollment): Entrant {
  return { serial: epoch.serial, enrolled: judged !== undefined && judged.status !== "left", limit };
}

/** Those whose channels are as they were judged; nobody changes them until the transaction ends. One of each channel. */
async function asJudged(db: Db, enrollments: readonly Enrollment[]): Promise<readonly Enrollment[]> {
  const first = new Map(enrollments.toReversed().map((one) => [one.epoch.channel, one]));
  await db.query(lockChannels, [[...first.keys()].sort()]);
  const rows = await db.query<Judged & { id: string }>(channelsAsTheyAre, [[...first.keys()]]);
  const now = new Map(rows.map((row) => [row.id, row]));
  return enrollments.filter((one) => {
    const row = now.get(one.epoch.channel);
    return (
      first.get(one.epoch.channel) === one &&
      row?.epoch === one.judged?.epoch &&
      row?.status === one.judged?.status
    );
  });
}

// A row that is not there yet cannot be locked, and two may want to be the first.
const lockChannels = {
  name: "epochs-lock",
  text: "select pg_advisory_xact_lock(hashtextextended(i, 0)) from unnest($1::text[]) i",
};
const channelsAsTheyAre = {
  name: "epochs-judged",
  text: "select id, epoch, status from reeve.channel where id = any($1) order by id for update",
};
