import type { Store } from "./open.ts";

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
  /** How large it was; `raw` holds at most the first 64 KiB of it. */
  readonly size: number;
  readonly raw: Buffer;
}

const mostBytes = 65_536;
/** The rows that one source may leave: whoever sends rubbish fills no disk. */
const mostRows = 10_000;

/** Keeps the first 64 KiB of what could not be parsed, for a person; nothing once there are 10,000 such rows. */
export async function quarantine(store: Store, unreadable: Unreadable): Promise<void> {
  await store.query(
    `insert into reeve.quarantine (at, source, channel, reason, size, raw)
     select $1, $2, $3, $4, $5, $6
     where (select count(*) from (select from reeve.quarantine limit $7) full_) < $7`,
    [
      unreadable.at,
      unreadable.source,
      unreadable.channel ?? null,
      unreadable.reason.replaceAll("\0", "").slice(0, 1000),
      unreadable.raw.length,
      Buffer.from(unreadable.raw.subarray(0, mostBytes)),
      mostRows,
    ],
  );
}

/** What is in quarantine, the newest first. */
export async function listQuarantine(store: Store, limit: number): Promise<QuarantineRow[]> {
  const rows = await store.query<QuarantineRow>(
    "select id, at, source, channel, reason, size, raw from reeve.quarantine order by id desc limit $1",
    [limit],
  );
  return rows.map((row) => ({ ...row, channel: row.channel ?? undefined }));
}
