import type { Event } from "../core/ledger.ts";
import type { Db } from "./db.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** An event with its place in the order of all events. */
export interface EventRow extends Event {
  readonly seq: number;
}

/** Appends events. They can be neither changed nor deleted by the application afterwards. */
export async function appendEvents(db: Db, events: readonly Event[]): Promise<void> {
  if (events.length === 0) return;
  await db.query(
    {
      name: "events-append",
      text: `insert into reeve.event (at, type, device, subject, message, by_person, revision)
     select e.at, e.type, e.device, e.subject, e.message, e.by, e.revision
     from jsonb_to_recordset($1) as e(
       at bigint, type text, device text, subject text, message text, by text, revision text)`,
    },
    [toJson(events)],
  );
}

/** Which events to list; `after` and `before` are sequence numbers. */
export interface EventFilter {
  readonly device?: string;
  readonly type?: string;
  readonly since?: number;
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
}

type NullableRow = { [K in keyof EventRow]: EventRow[K] | null } & Pick<
  EventRow,
  "seq" | "at" | "type" | "message"
>;

/** Events, the newest first; with `after`, the oldest first, for following. */
export async function listEvents(store: Store, filter: EventFilter): Promise<EventRow[]> {
  const rows = await store.query<NullableRow>(
    `select seq, at, type, device, subject, message, by_person as by, revision from reeve.event
     where ($1::text is null or device = $1) and ($2::text is null or type = $2)
       and ($3::bigint is null or at >= $3) and ($4::bigint is null or seq > $4)
       and ($5::bigint is null or seq < $5)
     order by seq ${filter.after === undefined ? "desc" : "asc"} limit $6`,
    [
      filter.device ?? null,
      filter.type ?? null,
      filter.since ?? null,
      filter.after ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  );
  return rows.map(toEvent);
}

function toEvent({ device, subject, by, revision, ...row }: NullableRow): EventRow {
  return {
    ...row,
    ...(device === null || device === undefined ? {} : { device }),
    ...(subject === null || subject === undefined ? {} : { subject }),
    ...(by === null || by === undefined ? {} : { by }),
    ...(revision === null || revision === undefined ? {} : { revision }),
  };
}
