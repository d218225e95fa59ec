import type { Event } from "../core/ledger.ts";
import type { ChannelRow, NewEpoch } from "../core/ports.ts";
import { type Db, withRetries } from "./db.ts";
import { withinLimit } from "./device-limit.ts";
import { type Begun, beginWithin } from "./enrollment.ts";
import { appendEvents } from "./events.ts";
import { toJson } from "./json.ts";
import { noteRefused, retiredAmong } from "./lifecycle.ts";
import type { Store } from "./open.ts";

/** What Google's record of a device says of its policy. */
export interface AndroidRecord {
  /** Google's name of the device, which is its channel. */
  readonly channel: string;
  readonly policy: string | undefined;
  readonly applied: { readonly policy: string; readonly version: bigint } | undefined;
  readonly state: string;
  readonly reportedAt: number | undefined;
  readonly readAt: number;
  /** What else it says of its management, for people. */
  readonly management: AndroidManagement;
}

/** Google's words for how a device is managed; what its record does not say is absent. */
export interface AndroidManagement {
  readonly appliedState: string;
  readonly isCompliant?: boolean | undefined;
  /** Epoch ms. */
  readonly enrolledAt?: number | undefined;
  readonly syncedAt?: number | undefined;
  /** The security posture, with what Google advises. */
  readonly posture?: { readonly state: string; readonly details: readonly string[] } | undefined;
  /** What of its policy it does not comply with. */
  readonly notKept: readonly NotKept[];
}

/** A part of its policy that a device does not comply with. */
export interface NotKept {
  /** Key of the item that asked for it; absent where nobody knows. */
  readonly item?: string | undefined;
  /** The value that it is about, by which its place in the manifest is known; or Google's word for the setting. */
  readonly setting?: string | undefined;
  readonly verdict: "pending" | "user" | "unsupported" | "failed";
  readonly reason: string;
}

/** A policy that a device applied, and when it said so. */
export interface AppliedOnce {
  readonly policy: string;
  readonly version: string;
  readonly at: number;
}

/** Who is known by a serial number. */
export interface SerialOwner {
  readonly channel: string;
  readonly status: ChannelRow["status"];
  readonly platform: string | undefined;
}

/** The device of a serial number, by the channel of its last enrollment; undefined when there is none. */
export async function ownerOfSerial(store: Store, serial: string): Promise<SerialOwner | undefined> {
  const [row] = await store.query<SerialOwner>(
    `select c.id as channel, c.status, d.reported->'platform'->>'value' as platform
     from reeve.device d join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device'
     where d.serial = $1 order by d.enrolled_at desc limit 1`,
    [serial],
  );
  return row;
}

/**
 * Begins an epoch for a device that Google has enrolled: of the device with its serial number, else of a new one. It
 * is enrolled at once, or quarantined where it may be somebody else, and never pushed to. Its earlier channels are left,
 * as with every new epoch. Nothing is done when no more devices than `limit` may be enrolled
 * (`full`), and when it, or what Google calls the same, is retired; that is noted.
 */
export function enrollAndroid(
  store: Store,
  enrollment: NewEpoch,
  { limit, quarantined, says, formerly, tell }: AndroidNewcomer,
): Promise<Begun | "full" | "retired"> {
  return withRetries(() =>
    store.transaction(async (db) => {
      const claim = { channels: [enrollment.channel, ...formerly], serial: says };
      const [retired] = await retiredAmong(db, store.sealer, [claim]);
      if (retired !== undefined) {
        await noteRefused(db, [retired], enrollment.at);
        return "retired";
      }
      const [mayEnroll] = await withinLimit(db, [{ serial: enrollment.serial, enrolled: false, limit }]);
      if (mayEnroll === false) return "full";
      const [begun] = await beginWithin(db, [enrollment]);
      if (begun === undefined) throw new Error("begin_epoch gave no row");
      await db.query(
        "update reeve.channel set status = $2, token_dead = true, version = version + 1 where id = $1",
        [enrollment.channel, quarantined ? "quarantined" : "enrolled"],
      );
      await appendEvents(db, tell(begun));
      return begun;
    }),
  );
}

/** What decides whether a device that Google has enrolled is let in. */
export interface AndroidNewcomer {
  readonly limit: number | undefined;
  readonly quarantined: boolean;
  /** The serial number that it tells, whether or not its record is to bear it. */
  readonly says: string | undefined;
  /** Google's names of its earlier enrollments. */
  readonly formerly: readonly string[];
  /** What is told of it, in the same transaction. */
  readonly tell: (begun: Begun) => readonly Event[];
}

/** Clocks of replicas differ by less: what was read so long after now was read by a clock that has been put back since. */
const aheadMs = 10 * 60_000;

/** Keeps what Google says of these devices now; `list` is the number of the whole list that they were read with. */
export async function putAndroidRecords(
  db: Db,
  records: readonly AndroidRecord[],
  list?: number,
): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ applied, ...one }) => ({
    ...one,
    appliedPolicy: applied?.policy,
    appliedVersion: applied?.version.toString(),
  }));
  await db.query(
    {
      name: "android-devices-put",
      text: `
        insert into reeve.android_device as a
          (channel, policy, applied_policy, applied_version, state, reported_at, read_at, listed, management, history)
        select r.channel, r.policy, r."appliedPolicy", r."appliedVersion", r.state, r."reportedAt", r."readAt",
          coalesce($2::bigint, 0), r.management,
          case when r."appliedVersion" is null then '[]' else jsonb_build_array(jsonb_build_object(
            'policy', r."appliedPolicy", 'version', r."appliedVersion"::text, 'at', coalesce(r."reportedAt", r."readAt")))
          end
        from jsonb_to_recordset($1::jsonb) as r(
          channel text, policy text, "appliedPolicy" text, "appliedVersion" bigint, state text, "reportedAt" bigint,
          "readAt" bigint, management jsonb)
        join reeve.channel c on c.id = r.channel
        on conflict (channel) do update set policy = excluded.policy, applied_policy = excluded.applied_policy,
          applied_version = excluded.applied_version, state = excluded.state, reported_at = excluded.reported_at,
          read_at = excluded.read_at,
          listed = greatest(case when a.listed <= excluded.read_at + $3::bigint then a.listed else 0 end, excluded.listed),
          management = excluded.management,
          history = case
            when (a.applied_policy, a.applied_version) is not distinct from
              (excluded.applied_policy, excluded.applied_version) then a.history
            else jsonb_path_query_array(excluded.history || a.history, '$[0 to 19]') end
        where a.read_at <= excluded.read_at or a.read_at > excluded.read_at + $3::bigint`,
    },
    [toJson(rows), list ?? null, aheadMs],
  );
}

/** True for the channel of an enrollment after which its device has enrolled again. */
export async function isSucceeded(
  store: Store,
  channel: Pick<ChannelRow, "device" | "epoch">,
): Promise<boolean> {
  const rows = await store.query("select from reeve.device where id = $1 and epoch > $2", [
    channel.device,
    channel.epoch,
  ]);
  return rows.length > 0;
}

/** Notes that Google has this policy for these devices now. */
export async function noteAssigned(
  store: Store,
  channels: readonly string[],
  policy: string,
  at: number,
): Promise<void> {
  await store.query(
    `update reeve.android_device set policy = $2, awaited = null,
       read_at = case when read_at > $3::bigint + $4::bigint then $3 else greatest(read_at, $3) end
     where channel = any($1)`,
    [channels, policy, at, aheadMs],
  );
}

/** Managed Android devices that a whole list of Google's did not have, and that were known before it was begun. */
export async function missingFromList(store: Store, list: number): Promise<readonly string[]> {
  const rows = await store.query<{ channel: string }>(
    `select a.channel from reeve.android_device a join reeve.channel c on c.id = a.channel
     where c.status <> 'left' and (a.listed < $1 or a.listed > $1::bigint + $2::bigint) and (a.read_at < $1 or a.read_at > $1::bigint + $2::bigint)
     order by a.channel`,
    [list, aheadMs],
  );
  return rows.map((row) => row.channel);
}

/** Channels of the devices that Google's record last called lost. */
export async function lostAndroid(store: Db): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ channel: string }>(
    "select channel from reeve.android_device where state = 'LOST'",
  );
  return new Set(rows.map((row) => row.channel));
}
