import type { Admission } from "./admission.ts";
import { type AppGrant, type AppLosses, appLosses } from "./android-policy/app-losses.ts";
import { type Granted, isAndroid, type Withheld } from "./granted.ts";

/** Apps that go by what another item says of them. */
export interface Losses {
  /** Items that block an app, which may be there without one. */
  readonly blocking: readonly string[];
  /** The items by which all apps go that the policy does not name. */
  readonly others?: readonly string[];
}

/** What stands in a plan and among removals for all apps that a policy does not name. */
export const otherApps = "other apps";

/** What goes by what another item says, not by an item that leaves; undefined when nothing does. */
export function lossesOf(before: AppGrant | undefined, after: Granted): AppLosses | undefined {
  const isConcerned = [...(before?.items ?? []), ...after.items].some(({ kind }) => isAndroid(kind));
  if (!isConcerned && before?.unnamed === undefined) return undefined;
  const { apps, others } = appLosses(before, after);
  const blocked = apps.filter(({ blockedBy }) => blockedBy !== undefined);
  if (blocked.length === 0 && others === undefined) return undefined;
  return { apps: blocked, ...(others === undefined ? {} : { others }) };
}

/** Those of them that count as removals. */
export function takenBy(
  removals: readonly string[],
  found: AppLosses | undefined,
): Pick<Admission, "removals" | "losses"> {
  if (found === undefined) return { removals };
  const blocking = [...new Set(found.apps.flatMap(({ blockedBy = [] }) => blockedBy))].sort();
  const more = blocking.filter((key) => !removals.includes(key));
  return {
    removals: [...removals, ...more, ...(found.others === undefined ? [] : [otherApps])],
    losses: { blocking: more, ...(found.others === undefined ? {} : { others: found.others.by }) },
  };
}

/** What is granted without what would take apps away: who blocks one is not given, and others stay as they were. */
export function withhold(
  granted: Granted,
  { apps, others }: AppLosses,
  reason: string,
): Granted & { readonly withheld: readonly Withheld[] } {
  const blocking = new Set(apps.flatMap(({ blockedBy = [] }) => blockedBy));
  const byOthers = others === undefined ? [] : others.by.length === 0 ? [otherApps] : others.by;
  const stays = `apps that the policy does not name stay: ${reason}`;
  return {
    ...granted,
    items: granted.items.filter((item) => !blocking.has(item.key)),
    ...(others === undefined ? {} : { unnamed: others.before }),
    withheld: [
      ...(granted.withheld ?? []),
      ...[...blocking].sort().map((key) => ({ key, reason })),
      ...byOthers.map((key) => ({ key, reason: stays })),
    ],
  };
}
