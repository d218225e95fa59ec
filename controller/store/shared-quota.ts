import type { Db, Named } from "./db.ts";
import type { Store } from "./open.ts";

/** A quota that all replicas take from: so many calls in so long a time, under a name. */
export interface SharedQuota {
  readonly name: string;
  readonly calls: number;
  readonly perMs: number;
}

/** What a quota is like after something was taken out of it. Times are of the database, epoch ms. */
export interface Drawn {
  readonly taken: number;
  readonly left: number;
  readonly at: number;
  readonly closedUntil: number;
}

/**
 * Takes up to `wanted` calls, and leaves `reserve` of them there; none while the quota is closed. One statement, by the
 * database's clock: whoever takes at the same time takes something else. The rule is that of android/bucket.ts.
 */
export async function drawCalls(
  store: Store,
  quota: SharedQuota,
  wish: { readonly wanted: number; readonly reserve: number },
): Promise<Drawn> {
  const { name, calls, perMs } = quota;
  const values = [placeOf(name), calls, perMs, wish.wanted, wish.reserve, store.clock()];
  const [drawn] = await store.query<Drawn>(drawing, values);
  if (drawn !== undefined) return drawn;
  await makeQuota(store, quota);
  const [first] = await store.query<Drawn>(drawing, values);
  if (first === undefined) throw new Error(`there is no quota ${name}`);
  return first;
}

/** Whoever grants the calls said that none are left: nobody takes any for so long. */
export async function closeQuota(store: Store, quota: SharedQuota, forMs: number): Promise<void> {
  await makeQuota(store, quota);
  await store.query(closing, [placeOf(quota.name), forMs, store.clock()]);
}

function placeOf(name: string): string {
  return `quota/${name}`;
}

async function makeQuota(store: Db & Pick<Store, "clock">, { name, calls }: SharedQuota): Promise<void> {
  await store.query(
    `insert into reeve.meta (name, value)
     select $1, jsonb_build_object('left', $2::float8, 'at', n.now, 'closedUntil', n.now)::text
     from (select reeve.now_ms($3) as now) n on conflict (name) do nothing`,
    [placeOf(name), calls, store.clock()],
  );
}

/** As in android/bucket.ts: what lies further ahead was written by a clock that has been put back since. */
const aheadMs = 2 * 24 * 3_600_000;
const righted = (time: string, now: string): string =>
  `case when ${time} - ${now} > ${aheadMs} then ${now} else ${time} end`;

// The row is locked before it is read, so that what is computed rests on what the others have left.
const drawing: Named = {
  name: "quota-draw",
  text: `
    with held as materialized (
      select m.name, (m.value::jsonb->>'left')::float8 as has, (m.value::jsonb->>'at')::bigint as since,
        (m.value::jsonb->>'closedUntil')::bigint as closed, reeve.now_ms($6) as told
      from reeve.meta m where m.name = $1 for update
    ), right_ as materialized (
      select h.name, h.has, h.told, ${righted("h.since", "h.told")} as since, ${righted("h.closed", "h.told")} as closed
      from held h
    ), clocked as materialized (
      select h.*, greatest(h.since, h.told) as now from right_ h
    ), filled as (
      select c.name, c.now, c.closed,
        least($2::float8, c.has + (c.now - greatest(c.since, least(c.now, c.closed))) * $2::float8 / $3::float8) as has
      from clocked c
    ), drawn as materialized (
      select f.*, case when f.now < f.closed then 0
        else least($4::bigint, greatest(0, floor(f.has - $5::float8)))::int end as taken
      from filled f
    )
    update reeve.meta m
    set value = jsonb_build_object('left', d.has - d.taken, 'at', d.now, 'closedUntil', d.closed)::text
    from drawn d where m.name = d.name
    returning d.taken, d.has - d.taken as left, d.now as at, d.closed as "closedUntil"`,
};

const closing: Named = {
  name: "quota-close",
  text: `
    with held as materialized (
      select m.name, (m.value::jsonb->>'at')::bigint as since, (m.value::jsonb->>'closedUntil')::bigint as closed,
        reeve.now_ms($3) as told
      from reeve.meta m where m.name = $1 for update
    ), clocked as materialized (
      select h.name, ${righted("h.closed", "h.told")} as closed, greatest(${righted("h.since", "h.told")}, h.told) as now
      from held h
    )
    update reeve.meta m
    set value = jsonb_build_object('left', 0, 'at', c.now,
      'closedUntil', greatest(c.closed, c.now + $2::bigint))::text
    from clocked c where m.name = c.name`,
};
