import type { Store } from "./open.ts";
import type { Place } from "./seal.ts";

/** Something from outside that could not be understood. */
export interface Unreadable {
  /** Where it came from: `checkin`, `command`, `scep`, … */
  readonly source: string;
  /** The authenticated channel, where there was one. */
  readonly channel?: string;
  readonly reason: string;
  readonly raw: Uint8Array;
  readonly at: number;
}

/** What is known of one such message without looking into it. */
export interface QuarantineRow {
  readonly id: number;
  readonly at: number;
  readonly source: string;
  readonly channel: string | undefined;
  readonly reason: string;
  /** How large it was; at most the first 47 KiB of it are kept. */
  readonly size: number;
}

const mostBytes = 47 * 1024;
/** The rows that there may be at all, and those of one source: whoever sends rubbish fills no disk, nor the others' room. */
const mostRows = 10_000;
const mostOfOne = 100;

/**
 * Keeps the first 47 KiB of what could not be parsed, for a person; nothing once there are 10,000 such rows, or 100 of
 * this source. Sealed, because unlock tokens and the like come in the same messages.
 */
export async function quarantine(store: Store, unreadable: Unreadable): Promise<void> {
  const raw = store.sealer.seal(placeOf(unreadable), unreadable.raw.subarray(0, mostBytes));
  await store.query(
    `insert into reeve.quarantine (at, source, channel, reason, size, raw)
     select $1, $2, $3, $4, $5, $6
     where (select count(*) from (select from reeve.quarantine limit $7) full_) < $7
       and (select count(*) from (select from reeve.quarantine where source = $2 limit $8) full_) < $8`,
    [
      unreadable.at,
      unreadable.source,
      unreadable.channel ?? null,
      unreadable.reason.replaceAll("\0", "").slice(0, 1000),
      unreadable.raw.length,
      Buffer.from(raw),
      mostRows,
      mostOfOne,
    ],
  );
}

/** What is in quarantine, the newest first; of one source, and older than one row, where that is asked for. */
export async function listQuarantine(
  store: Store,
  filter: { readonly source?: string; readonly before?: number; readonly limit: number },
): Promise<QuarantineRow[]> {
  const rows = await store.query<QuarantineRow & { channel: string | null }>(
    `select id, at, source, channel, reason, size from reeve.quarantine
     where ($1::text is null or starts_with(source, $1)) and ($2::bigint is null or id < $2)
     order by id desc limit $3`,
    [filter.source ?? null, filter.before ?? null, filter.limit],
  );
  return rows.map(({ channel, ...row }) => ({ ...row, channel: channel ?? undefined }));
}

/** One message with the bytes that were kept; undefined when it is not, or no longer, in quarantine. */
export async function readQuarantined(
  store: Store,
  id: number,
): Promise<(QuarantineRow & { readonly raw: Buffer }) | undefined> {
  const [row] = await store.query<QuarantineRow & { channel: string | null; raw: Buffer }>(
    "select id, at, source, channel, reason, size, raw from reeve.quarantine where id = $1",
    [id],
  );
  if (row === undefined) return undefined;
  const raw = store.sealer.open(placeOf(row), row.raw.toString());
  return { ...row, channel: row.channel ?? undefined, raw };
}

/** Deletes these messages, or all. Returns how many it was. */
export async function forgetQuarantined(store: Store, ids: readonly number[] | "all"): Promise<number> {
  const rows = await store.query(
    "delete from reeve.quarantine where $1::bigint[] is null or id = any($1) returning id",
    [ids === "all" ? null : ids],
  );
  return rows.length;
}

/** The devices whose certificates begin so, by that beginning: what a source names where no channel was known. */
export async function devicesOfCertificates(
  store: Store,
  beginnings: readonly string[],
): Promise<ReadonlyMap<string, { readonly device: string; readonly name: string }>> {
  if (beginnings.length === 0) return new Map();
  const rows = await store.query<{ beginning: string; device: string; name: string }>(
    `select left(c.certificate, 12) as beginning, d.id as device, coalesce(d.alias, d.serial, d.id) as name
     from reeve.channel c join reeve.device d on d.id = c.device
     where left(c.certificate, 12) = any($1)`,
    [beginnings],
  );
  return new Map(rows.map(({ beginning, device, name }) => [beginning, { device, name }]));
}

function placeOf({ source, at }: Pick<Unreadable, "source" | "at">): Place {
  return { table: "quarantine", column: "raw", row: source, epoch: at };
}

/** How many messages could not be read since a time, and why the last of them. */
export async function countUnread(
  store: Store,
  since: number,
): Promise<{ readonly count: number; readonly reason: string }> {
  const [row] = await store.query<{ count: number; reason: string | null }>(
    "select count(*) as count, (array_agg(reason order by id desc))[1] as reason from reeve.quarantine where at > $1",
    [since],
  );
  return { count: row?.count ?? 0, reason: row?.reason ?? "" };
}
