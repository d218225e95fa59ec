import { withWords } from "./event-words.ts";
import type { EventRow } from "./events.ts";
import { toJson, toText } from "./json.ts";
import type { Store } from "./open.ts";

/** How far a receiver was told, and how that goes. Times are epoch ms. */
export interface ReceiverRow {
  readonly id: string;
  /** For people; holds no address, which may be a secret. */
  readonly name: string;
  /** The number of the seal up to which it was told. */
  readonly toldUntil: number;
  /** A message is under way that ends with this seal. */
  readonly messageUntil: number | undefined;
  readonly tries: number;
  readonly retryAt: number | undefined;
  readonly failure: string | undefined;
  readonly failingSince: number | undefined;
  readonly sentAt: number | undefined;
}

type Row = { [K in keyof ReceiverRow]: NonNullable<ReceiverRow[K]> | null };

const columns = `id, name, told_until as "toldUntil", message_until as "messageUntil", tries, retry_at as "retryAt", failure,
  failing_since as "failingSince", sent_at as "sentAt"`;

/** The state of these receivers. One that is new is told of what happens from now on. */
export async function openReceivers(
  store: Store,
  receivers: readonly Pick<ReceiverRow, "id" | "name">[],
): Promise<readonly ReceiverRow[]> {
  if (receivers.length === 0) return [];
  await store.query(
    `insert into reeve.receiver (id, name, told_until)
     select r.id, r.name, coalesce((select max(n) from reeve.seal), 0)
     from jsonb_to_recordset($1) as r(id text, name text)
     on conflict (id) do update set name = excluded.name where reeve.receiver.name <> excluded.name`,
    [toJson(receivers.map(({ id, name }) => ({ id, name })))],
  );
  const ids = receivers.map(({ id }) => id);
  const rows = await store.query<Row>(
    `select ${columns} from reeve.receiver where id = any($1) order by id`,
    [ids],
  );
  return rows.map(toReceiver);
}

/** Those that do not take what they are told. */
export async function failingReceivers(store: Store): Promise<readonly ReceiverRow[]> {
  const rows = await store.query<Row>(
    `select ${columns} from reeve.receiver where failure is not null order by name, id`,
  );
  return rows.map(toReceiver);
}

function toReceiver(row: Row): ReceiverRow {
  const { messageUntil, retryAt, failure, failingSince, sentAt, ...rest } = row as Row & ReceiverRow;
  return {
    ...rest,
    messageUntil: messageUntil ?? undefined,
    retryAt: retryAt ?? undefined,
    failure: failure ?? undefined,
    failingSince: failingSince ?? undefined,
    sentAt: sentAt ?? undefined,
  };
}

/** Forgets receivers that nobody declares any more, and what was told before `before`. */
export async function forgetReceivers(store: Store, ids: readonly string[], before: number): Promise<void> {
  await store.query("delete from reeve.receiver where not id = any($1)", [ids]);
  await store.query("delete from reeve.told where at < $1", [before]);
}

/** The notable events of the seals after one, up to `until` or so many seals that there are about `limit` of them. */
export async function sealedAfter(
  store: Store,
  after: number,
  until: number | undefined,
  limit: number,
): Promise<{ readonly until: number; readonly events: readonly EventRow[]; readonly isAll: boolean }> {
  const [last] = await store.query<{ until: number | null; head: number | null }>(
    `select max(s.n) filter (where s.before < $3) as until, max(s.n) as head from (
       select n, sum(count) over (order by n) - count as before from reeve.seal
       where n > $1 and n <= coalesce($2, n) order by n limit 10000) s`,
    [after, until ?? null, limit],
  );
  const end = last?.until ?? after;
  if (end <= after) return { until: end, events: [], isAll: true };
  // An act is told by its name, and not by the id under which some events have it.
  const rows = await store.query<EventRow & { readonly by: string | null }>(
    `select e.seq, e.at, e.type, e.device, e.message, e.by_person as by, e.revision,
       case when e.subject ~ '^a-[0-9a-f]{16}$'
         then coalesce((select a.name from reeve.act a where a.id = e.subject), e.subject)
         else e.subject end as subject
     from reeve.seal s cross join lateral unnest(s.seqs) r
     join reeve.event e on e.seq >= lower(r) and e.seq < upper(r)
     where s.n > $1 and s.n <= $2 and e.type not in ('item.verified', 'item.removed')
     order by s.n, e.seq`,
    [after, end],
  );
  const events = await withWords(store, rows.map(withoutNulls));
  return { until: end, events, isAll: end === (last?.head ?? after) };
}

function withoutNulls(row: EventRow): EventRow {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as EventRow;
}

/** Of these keys those that a receiver was told of since a time. */
export async function toldSince(
  store: Store,
  receiver: string,
  keys: readonly string[],
  since: number,
): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ key: string }>(
    "select key from reeve.told where receiver = $1 and key = any($2) and at >= $3",
    [receiver, keys, since],
  );
  return new Set(rows.map((row) => row.key));
}

/** There is nothing to tell up to this seal. */
export async function passOver(store: Store, id: string, until: number): Promise<void> {
  await store.query(
    "update reeve.receiver set told_until = $2, message_until = null where id = $1 and told_until < $2",
    [id, until],
  );
}

/**
 * Written before a message leaves: it ends here, also when it is sent again. False, with nothing written, when the
 * receiver is not as it was read: another replica tells it.
 */
export async function beginMessage(
  store: Store,
  { id, toldUntil, messageUntil }: Pick<ReceiverRow, "id" | "toldUntil" | "messageUntil">,
  until: number,
): Promise<boolean> {
  const begun = await store.query(
    `update reeve.receiver set message_until = $2
     where id = $1 and told_until = $3 and message_until is not distinct from $4 returning id`,
    [id, until, toldUntil, messageUntil ?? null],
  );
  return begun.length > 0;
}

/** A message that ends with what was told already is under way no more. */
export async function endTold(store: Store, id: string): Promise<void> {
  await store.query(
    `update reeve.receiver set message_until = null, tries = 0, retry_at = null, failure = null, failing_since = null
     where id = $1 and message_until <= told_until`,
    [id],
  );
}

/**
 * The receiver has the message that ends with `until`, with these news. Nothing happens when that one is not under way
 * any more: another replica has told it meanwhile.
 */
export function messageTaken(
  store: Store,
  taken: {
    readonly id: string;
    readonly until: number;
    readonly keys: readonly string[];
    readonly at: number;
  },
): Promise<void> {
  const { id, until, keys, at } = taken;
  return store.transaction(async (db) => {
    const known = await db.query(
      `update reeve.receiver set told_until = greatest(told_until, message_until), message_until = null, tries = 0,
         retry_at = null, failure = null, failing_since = null, sent_at = $2
       where id = $1 and message_until = $3 returning id`,
      [id, at, until],
    );
    if (known.length === 0) return;
    await db.query(
      `insert into reeve.told (receiver, key, at) select $1, k, $3 from unnest($2::text[]) k
       on conflict (receiver, key) do update set at = excluded.at`,
      [id, keys, at],
    );
  });
}

/** The receiver did not take the message that ends with `until`; it is tried again at `retryAt`. */
export async function messageRefused(
  store: Store,
  refused: {
    readonly id: string;
    readonly until: number;
    readonly reason: string;
    readonly retryAt: number;
    readonly at: number;
  },
): Promise<void> {
  const { id, until, reason, retryAt, at } = refused;
  await store.query(
    `update reeve.receiver set tries = tries + 1, retry_at = $2, failure = $3,
       failing_since = coalesce(failing_since, $4)
     where id = $1 and message_until = $5`,
    [id, retryAt, toText(reason), at, until],
  );
}
