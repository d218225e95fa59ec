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

export interface QuarantineRow {
  readonly id: number;
  readonly at: number;
  readonly source: string;
  readonly channel: string | undefined;
  readonly reason: string;
  /** How large it was; `raw` holds at most the first 47 KiB of it. */
  readonly size: number;
  readonly raw: Buffer;
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

/** What is in quarantine, the newest first. */
export async function listQuarantine(store: Store, limit: number): Promise<QuarantineRow[]> {
  const rows = await store.query<QuarantineRow>(
    "select id, at, source, channel, reason, size, raw from reeve.quarantine order by id desc limit $1",
    [limit],
  );
  return rows.map((row) => ({
    ...row,
    channel: row.channel ?? undefined,
    raw: store.sealer.open(placeOf(row), row.raw.toString()),
  }));
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
