import type { Store } from "./open.ts";

export interface WindowClock {
  /** The database's clock, epoch ms. */
  readonly databaseNow: number;
  /** The latest time that it has shown to a pass and that is believed. */
  readonly latest: number;
}

/** So often it is moved at least while nothing goes by it: less than what looks like a leap. */
const seldomMs = 5 * 60_000;

/** A clock that has leapt ahead is believed when it has gone on from there for so long. */
const believedAfterMs = 10 * 60_000;

/**
 * Reads the clock of the database, and the latest time that it has shown, which only grows: unless it `moves` never,
 * the time of this pass is noted, every few minutes or always. Time that was spent without a pass looks like a leap, and is believed ten minutes later.
 */
export async function readWindowClock(
  store: Store,
  now: number,
  moves: "never" | "seldom" | "always",
): Promise<WindowClock> {
  const [row] = await store.query<{ now: number; latest: number | null; leapt: number | null }>(
    `select n.now, (c.value->>'latest')::bigint as latest, (c.value->>'leapt')::bigint as leapt
     from (select reeve.now_ms($1) as now) n left join reeve.control c on c.name = $2`,
    [now, name],
  );
  const databaseNow = row?.now ?? now;
  const known = row?.latest ?? undefined;
  const { latest, leapt } = moved(databaseNow, known, row?.leapt ?? undefined);
  const isNews = latest !== known || leapt !== (row?.leapt ?? undefined);
  const isSoon = moves === "seldom" && known !== undefined && latest !== known && latest - known < seldomMs;
  if (isNews && !isSoon && moves !== "never")
    await store.query(
      `insert into reeve.control (name, value, by_person, at)
       values ($1, jsonb_strip_nulls(jsonb_build_object('latest', $2::bigint, 'leapt', $3::bigint)), 'reeve', $4)
       on conflict (name) do update set value = excluded.value, at = excluded.at`,
      [name, latest, leapt ?? null, now],
    );
  return { databaseNow, latest };
}

const name = "window-clock";

function moved(
  now: number,
  known: number | undefined,
  leapt: number | undefined,
): { readonly latest: number; readonly leapt?: number } {
  if (known === undefined) return { latest: now };
  if (now <= known) return { latest: known };
  if (now - known <= believedAfterMs) return { latest: now };
  const since = leapt !== undefined && leapt <= now ? leapt : now;
  return now - since >= believedAfterMs ? { latest: now } : { latest: known, leapt: since };
}
