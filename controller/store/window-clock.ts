import type { Store } from "./open.ts";

export interface WindowClock {
  /** The database's clock, epoch ms. */
  readonly databaseNow: number;
  /** The latest time that it has shown to a pass and that is believed. */
  readonly latest: number;
}

/**
 * Reads the clock of the database, and the latest time that it has shown, which only grows: unless it `moves` never,
 * the time of this pass is noted, every few minutes or always. Time that was spent without a pass looks like a leap, and
 * is believed ten minutes later. The database decides all of it (`reeve.window_tick`), in one statement that waits for
 * nobody.
 */
export async function readWindowClock(
  store: Store,
  now: number,
  moves: "never" | "seldom" | "always",
): Promise<WindowClock> {
  const [row] = await store.query<WindowClock>(
    `select t.clock as "databaseNow", t.latest from reeve.window_tick($1, $2) t`,
    [now, moves],
  );
  return row ?? { databaseNow: now, latest: now };
}
