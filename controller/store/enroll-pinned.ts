import type { ChannelRow, NewEpoch } from "../core/ports.ts";
import { claimCertificates, pinCertificates } from "./certificates.ts";
import { type Db, withRetries } from "./db.ts";
import { type Entrant, withinLimit } from "./device-limit.ts";
import { type Begun, beginWithin } from "./enrollment.ts";
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
}

/**
 * `not-usable`: the certificate is not for this channel. `changed`: the channel is not as it was judged. `full`: it
 * would be one device more than the limit.
 */
export type Enrolled = Begun | "not-usable" | "changed" | "full";

/**
 * Begins epochs with issued certificates, which are pinned to their channels in the same transaction: one that two
 * channels use at once begins one epoch. For what is refused nothing has begun.
 */
export function enrollPinned(store: Store, enrollments: readonly Enrollment[]): Promise<readonly Enrolled[]> {
  return withRetries(() =>
    store.transaction(async (db) => {
      const same = await asJudged(db, enrollments);
      const hasRoom = await withinLimit(db, same.map(entrantOf));
      const admitted = same.filter((_, index) => hasRoom[index] === true);
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
      return enrollments.map((one) => {
        const place = usable.indexOf(one);
        return begun[place] ?? whyNot(one, same, admitted);
      });
    }),
  );
}

function whyNot(
  one: Enrollment,
  same: readonly Enrollment[],
  admitted: readonly Enrollment[],
): "not-usable" | "changed" | "full" {
  if (!same.includes(one)) return "changed";
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
