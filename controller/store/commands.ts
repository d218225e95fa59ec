import type { CommandStatus } from "../core/ledger.ts";
import type { CommandRow } from "../core/ports.ts";
import type { Store } from "./open.ts";

/** Which commands to list. Times are epoch ms. */
export interface CommandFilter {
  readonly id?: string;
  readonly device?: string;
  /** `query/SECTION`, an item key, or `act/ID`. */
  readonly subject?: string;
  /** As the platform calls it, or the verb of an act, such as `wipe`. */
  readonly requestType?: string;
  /** Statuses of the ledger; a word that is none finds nothing. */
  readonly status?: readonly string[];
  readonly since?: number;
  /** Only what was sent before: for pages, and for what is late. */
  readonly before?: number;
  readonly limit: number;
}

type NullableRow = Omit<CommandRow, "closedAt" | "note"> & { closedAt: number | null; note: string | null };

/** Sent commands, the newest first. */
export async function listCommands(store: Store, filter: CommandFilter): Promise<CommandRow[]> {
  const rows = await store.query<NullableRow>(
    `select id, device, epoch, channel, request_type as "requestType", subject, attempt, status,
       sent_at as "sentAt", closed_at as "closedAt", errors,
       coalesce(note, case when intent->>'type' = 'assign' then intent->>'policy' end) as note
     from reeve.command
     where ($1::text is null or id = $1) and ($2::text is null or device = $2)
       and ($3::text is null or subject = $3) and ($4::text is null or request_type = $4
         or (intent->>'type' = 'act' and intent->>'verb' = $4))
       and ($5::text[] is null or status = any($5)) and ($6::bigint is null or sent_at >= $6)
       and ($7::bigint is null or sent_at < $7)
     order by sent_at desc, id limit $8`,
    [
      filter.id ?? null,
      filter.device ?? null,
      filter.subject ?? null,
      filter.requestType ?? null,
      filter.status ?? null,
      filter.since ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  );
  return rows.map((row) => ({ ...row, closedAt: row.closedAt ?? undefined, note: row.note ?? undefined }));
}

/** How many commands there are of each type and status. */
export function countCommands(
  store: Store,
  since: number,
): Promise<{ requestType: string; status: CommandStatus; count: number }[]> {
  return store.query(
    `select request_type as "requestType", status, count(*) as count from reeve.command
     where sent_at >= $1 group by request_type, status order by request_type, status`,
    [since],
  );
}
