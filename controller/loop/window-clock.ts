import type { Compiled } from "../core/compiled.ts";
import { type FleetGates, fleetGates, haveWindows } from "../core/window-gates.ts";
import type { Store } from "../store/open.ts";
import { readWindowClock, type WindowClock } from "../store/window-clock.ts";
import type { StatusView } from "./views.ts";

type Timed = Pick<Compiled, "policies" | "exemptions">;

/** What decides by the time of day, or by a date. */
export interface TimedRules {
  /** The maintenance windows as they stand now; undefined when no policy has any. */
  readonly windows: FleetGates | undefined;
  /** By which exemptions begin and end, epoch ms. */
  readonly exemptAt: number;
}

/**
 * What a pass over a fleet goes by. Windows are read off this process's clock, the database's, and the latest time that
 * the database's has shown: what is shut by one of them is shut. So a clock that is put back, or leaps ahead, opens
 * nothing. Exemptions go by that latest time alone: no clock of a replica begins or ends one. A pass over `all` moves it
 * also while nothing goes by it, so that what a commit brings finds it set.
 */
export async function timedRules(
  store: Store,
  compiled: Timed,
  now: number,
  purpose: "all" | "some" | "plan",
): Promise<TimedRules> {
  if (purpose !== "all" && !isTimed(compiled)) return { windows: undefined, exemptAt: now };
  const clock = await readWindowClock(store, now, purpose === "plan" ? "never" : movesFor(compiled));
  return { windows: windowsBy(compiled, clock, now), exemptAt: clock.latest };
}

/** By which time exemptions begin and end, epoch ms; `now` where there are none. */
export async function exemptionTime(
  store: Store,
  compiled: Pick<Compiled, "exemptions"> | undefined,
  now: number,
): Promise<number> {
  if (compiled === undefined || compiled.exemptions.length === 0) return now;
  return (await readWindowClock(store, now, "never")).latest;
}

/** The database's clock is as exact as that: what stands further ahead of it has come from a clock that was wrong. */
const aheadMs = 10 * 60_000;

/** What `status` says while that latest time stands ahead of the database's clock. */
export async function windowClockWarnings(store: Store, now: number): Promise<StatusView["warnings"]> {
  const { databaseNow, latest } = await readWindowClock(store, now, "never");
  if (latest - databaseNow <= aheadMs) return [];
  const [shown, shows] = [latest, databaseNow].map((at) => new Date(at).toISOString());
  return [
    {
      message: `maintenance windows and exemptions go by ${shown}, which the database's clock has shown: now it shows ${shows}`,
      hint: "once that clock is right, the owner of the database puts the time back: docs/postgres.md, The window clock",
    },
  ];
}

/** The same where a commit is compared with what was before: one of both alone may have some. */
export function comparisonTime(
  store: Store,
  before: Pick<Compiled, "exemptions"> | undefined,
  after: Pick<Compiled, "exemptions">,
  now: number,
): Promise<number> {
  return exemptionTime(store, { exemptions: [...(before?.exemptions ?? []), ...after.exemptions] }, now);
}

function isTimed({ policies, exemptions }: Timed): boolean {
  return exemptions.length > 0 || haveWindows(policies);
}

function movesFor(compiled: Timed): "always" | "seldom" {
  return isTimed(compiled) ? "always" : "seldom";
}

function windowsBy(
  { policies }: Timed,
  { databaseNow, latest }: WindowClock,
  now: number,
): FleetGates | undefined {
  if (!haveWindows(policies)) return undefined;
  return fleetGates(policies, [...new Set([databaseNow, latest, now])], now);
}
