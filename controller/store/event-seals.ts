import { rangesOf, type Seal, sealHash, type WrittenEvent } from "../core/event-chain.ts";
import type { Store } from "./open.ts";

/** Seals at most `limit` finished events; returns how many. Nothing happens when there is none. */
export async function sealEvents(store: Store, limit: number): Promise<number> {
  const [row] = await store.query<{ sealed: number }>(
    { name: "events-seal", text: "select reeve.seal_events($1, $2) as sealed" },
    [limit, store.clock()],
  );
  return row?.sealed ?? 0;
}

const sealColumns = `n, previous, root, count, at, oldest_at as "oldestAt", seqs::text as seqs,
  lasting::text as lasting, leaves`;

/** The seals after number `after`, in their order. */
export async function sealsAfter(store: Store, after: number, limit: number): Promise<readonly Seal[]> {
  const rows = await store.query<SealRow>(
    `select ${sealColumns} from reeve.seal where n > $1 order by n limit $2`,
    [after, limit],
  );
  return rows.map(toSeal);
}

type SealRow = Omit<Seal, "seqs"> & { readonly seqs: string };

function toSeal(row: SealRow): Seal {
  return { ...row, seqs: rangesOf(row.seqs) };
}

const eventColumns = "e.seq, e.at, e.type, e.device, e.subject, e.message, e.by_person as by, e.revision";

/** The events that stand under the numbers of seals from `first` to `last`, with the number of their seal. */
export function eventsOfSeals(
  store: Store,
  first: number,
  last: number,
): Promise<readonly (WrittenEvent & { readonly seal: number })[]> {
  return store.query(
    `select s.n as seal, ${eventColumns} from reeve.seal s
     cross join lateral unnest(s.seqs) as r
     join reeve.event e on e.seq >= lower(r) and e.seq < upper(r)
     where s.n between $1 and $2 order by s.n, e.seq`,
    [first, last],
  );
}

/** An event with the number of its seal, where it is sealed already. */
export interface SealedEvent extends WrittenEvent {
  readonly seal: number | null;
}

/** The events after a number, within two times (epoch ms) where they are given, in their order. */
export function exportedEvents(
  store: Store,
  after: number,
  { since, until }: { readonly since?: number; readonly until?: number },
  limit: number,
): Promise<readonly SealedEvent[]> {
  return store.query(
    `with page as materialized (
       select ${eventColumns} from reeve.event e
       where e.seq > $1 and ($2::bigint is null or e.at >= $2) and ($3::bigint is null or e.at < $3)
       order by e.seq limit $4
     ), near as materialized (
       select s.n, s.seqs from reeve.seal s
       where s.seqs && (select int8multirange(int8range(min(seq), max(seq), '[]')) from page)
     )
     select p.*, (select min(n.n) from near n where n.seqs @> p.seq) as seal from page p order by p.seq`,
    [after, since ?? null, until ?? null, limit],
  );
}

/** How many seals there are that are not among the numbers 1 to `last`, each of them once. */
export async function sealsOutside(store: Store, last: number): Promise<number> {
  const [row] = await store.query<{ outside: number }>(
    "select count(*) - count(distinct n) filter (where n > 0) as outside from reeve.seal where (n > $1) is not true",
    [last],
  );
  return row?.outside ?? 0;
}

/** Events with numbers after `after` (all without it) that no seal covers and that wait for none; the first `limit`. */
export function strayEvents(
  store: Store,
  after: number | undefined,
  limit: number,
): Promise<readonly { readonly seq: number; readonly type: string }[]> {
  return store.query(
    `with covered as materialized (select coalesce(range_agg(seqs), '{}') as seqs from reeve.seal)
     select e.seq, e.type from reeve.event e, covered c
     where ($1::bigint is null or e.seq > $1) and not c.seqs @> e.seq
       and not exists (select from reeve.unsealed u where u.seq = e.seq)
     order by e.seq limit $2`,
    [after ?? null, limit],
  );
}

/** The newest seal, and how many events wait for the next one; undefined before the first. */
export async function sealHead(store: Store): Promise<SealHead | undefined> {
  const [row] = await store.query<SealRow & { readonly waiting: number }>(
    `select ${sealColumns}, (select count(*) from (select from reeve.unsealed limit 100000) w) as waiting
     from reeve.seal order by n desc limit 1`,
  );
  if (row === undefined) return undefined;
  const { waiting, ...seal } = row;
  return { n: seal.n, hash: sealHash(toSeal(seal)).toString("hex"), at: seal.at, waiting };
}

export interface SealHead {
  readonly n: number;
  /** Hex: what is published. */
  readonly hash: string;
  readonly at: number;
  readonly waiting: number;
}
