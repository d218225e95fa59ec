import type { Event } from "../core/ledger.ts";
import type { Db } from "./db.ts";
import { apart, withWords } from "./event-words.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** An event with its place in the order of all events. */
export interface EventRow extends Event {
  readonly seq: number;
}

/** Appends events. They can be neither changed nor deleted by the application afterwards. */
export async function appendEvents(db: Db, events: readonly Event[]): Promise<void> {
  if (events.length === 0) return;
  const { told, words } = apart(events);
  if (words.length > 0)
    await db.query(
      "insert into reeve.event_word (token, word, device) select w.token, w.word, w.device from jsonb_to_recordset($1) as w(token text, word text, device text)",
      [toJson(words)],
    );
  await db.query(
    {
      name: "events-append",
      text: `insert into reeve.event (at, type, device, subject, message, by_person, revision)
     select e.at, e.type, e.device, e.subject, e.message, e.by, e.revision
     from jsonb_to_recordset($1) as e(
       at bigint, type text, device text, subject text, message text, by text, revision text)`,
    },
    [toJson(told)],
  );
}

/** What says of one item on one device that it went as it should: most of all events, in every rollout. */
const routineEvents: readonly string[] = ["item.verified", "item.removed"];

/** Which events to list; `after` and `before` are sequence numbers, `since` and `until` epoch ms. */
export interface EventFilter {
  readonly device?: string;
  /** Beginnings of types, such as `act.`; one of them must fit. */
  readonly types?: readonly string[];
  /** The beginning of a subject, such as `Profile/`. */
  readonly subject?: string;
  readonly since?: number;
  readonly until?: number;
  readonly after?: number;
  readonly before?: number;
  /** Without what is routine. */
  readonly notable?: boolean;
  readonly limit: number;
}

type NullableRow = { [K in Exclude<keyof EventRow, "words">]: EventRow[K] | null } & Pick<
  EventRow,
  "seq" | "at" | "type" | "message"
>;

// As the partial index of notable events says it.
const isNotable = `type not in (${routineEvents.map((type) => `'${type}'`).join(", ")})`;
const isRoutine = `type in (${routineEvents.map((type) => `'${type}'`).join(", ")})`;

const fits = `($1::text is null or device = $1)
  and ($2::text[] is null or exists (select from unnest($2::text[]) b where starts_with(type, b)))
  and ($3::text is null or starts_with(subject, $3))
  and ($4::bigint is null or at >= $4) and ($5::bigint is null or at < $5)
  and ($6::bigint is null or seq > $6) and ($7::bigint is null or seq < $7)`;

function valuesOf({ device, types, subject, since, until, after, before }: Omit<EventFilter, "limit">) {
  return [device, types, subject, since, until, after, before].map((value) => value ?? null);
}

/** Events, the newest first; with `after`, the oldest first, for following. */
export async function listEvents(store: Store, filter: EventFilter): Promise<EventRow[]> {
  const rows = await store.query<NullableRow>(
    `select seq, at, type, device, subject, message, by_person as by, revision from reeve.event
     where ${fits} ${filter.notable ? `and ${isNotable}` : ""}
     order by seq ${filter.after === undefined ? "desc" : "asc"} limit $8`,
    [...valuesOf(filter), filter.limit],
  );
  return withWords(store, rows.map(toEvent));
}

/** How many routine events the filter admits; at most `limit` are counted. */
export async function countRoutine(store: Store, filter: EventFilter): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `select count(*) as count from (select from reeve.event where ${fits} and ${isRoutine} limit $8) counted`,
    [...valuesOf(filter), filter.limit],
  );
  return row?.count ?? 0;
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
