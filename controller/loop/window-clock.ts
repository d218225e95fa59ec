import type { Compiled } from "../core/compiled.ts";
import { type FleetGates, fleetGates, haveWindows } from "../core/window-gates.ts";
import type { Store } from "../store/open.ts";
import { readWindowClock } from "../store/window-clock.ts";

/**
 * The maintenance windows as they stand now; undefined when no policy has any. What they are read off is this process's
 * clock, the database's, and the latest time that the database's has shown: what is shut by one of them is shut. So a
 * clock that is put back, or leaps ahead, opens nothing.
 */
export async function windowsNow(
  store: Store,
  { policies }: Pick<Compiled, "policies">,
  now: number,
  purpose: "admission" | "plan" = "admission",
): Promise<FleetGates | undefined> {
  if (!haveWindows(policies)) return undefined;
  const { databaseNow, latest } = await readWindowClock(store, now, purpose === "admission");
  return fleetGates(policies, [...new Set([databaseNow, latest, now])], now);
}
