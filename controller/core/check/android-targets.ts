import { type AndroidNeed, type AndroidTraits, lackOf } from "../android-needs.ts";
import type { Target } from "../generated/manifest.ts";
import type { Manifest } from "../manifest.ts";
import { compareVersions } from "../version.ts";
import {
  type AppleTarget,
  asksForPlatform,
  isOpenGroup,
  itemsOf,
  valuesOf,
  versionsOf,
} from "./apple-targets.ts";
import type { CheckContext } from "./context.ts";
import { groupsWithin, selectedPlatforms } from "./group-facts.ts";

/** Android devices of one group, as far as its selector says what they are like. */
export interface AndroidTarget {
  readonly group: string;
  readonly traits: AndroidTraits;
  readonly newest?: AppleTarget["newest"];
}

/** The devices that get an item. */
export interface AndroidTargets {
  /** Groups that have Android devices for certain. */
  readonly known: readonly AndroidTarget[];
  /** There may be others, of Android or not. */
  readonly isOpen: boolean;
}

const cache = new WeakMap<CheckContext, ReadonlyMap<string, AndroidTargets>>();

/** The Android devices that policies give an item to (`Profile/NAME` or `App/NAME`). */
export function androidTargetsOf(context: CheckContext, item: string): AndroidTargets {
  const known = cache.get(context) ?? targetsByItem(context);
  cache.set(context, known);
  return known.get(item) ?? { known: [], isOpen: true };
}

function targetsByItem(context: CheckContext): ReadonlyMap<string, AndroidTargets> {
  const items = new Map<string, { readonly known: Map<string, AndroidTarget>; isOpen: boolean }>();
  for (const policy of context.of("Policy")) {
    const { known, isOpen } = androidTargetsIn(context, policy.spec.target);
    for (const key of itemsOf(policy)) {
      const item = items.get(key) ?? { known: new Map<string, AndroidTarget>(), isOpen: false };
      items.set(key, item);
      item.isOpen ||= isOpen;
      for (const target of known) item.known.set(target.group, target);
    }
  }
  return new Map([...items].map(([key, { known, isOpen }]) => [key, { known: [...known.values()], isOpen }]));
}

/** The Android devices that a target means. */
export function androidTargetsIn(context: CheckContext, target: Target): AndroidTargets {
  const others = [target.devices, target.users, target.userGroups].some((list) => (list ?? []).length > 0);
  const groups = (target.groups ?? []).flatMap((name) => groupsWithin(context, name));
  return {
    known: groups.flatMap(targetsIn),
    isOpen: target.all === true || others || groups.some((group) => isOpenGroup(group) || hasOthers(group)),
  };
}

function hasOthers(group: Manifest<"DeviceGroup">): boolean {
  return selectedPlatforms(group).some((platform) => platform !== "android");
}

function targetsIn(group: Manifest<"DeviceGroup">): readonly AndroidTarget[] {
  if (!asksForPlatform(group.spec) || !selectedPlatforms(group).includes("android")) return [];
  const only = (key: string): string | undefined => {
    const values = valuesOf(group, key);
    return values?.length === 1 ? values[0] : undefined;
  };
  const { newest } = versionsOf(group);
  const traits = { mode: only("mode"), ownership: only("ownership") };
  return [{ group: group.name, traits, ...(newest === undefined ? {} : { newest }) }];
}

/** What no device of a target has; undefined when some may have it. */
export function lackOfAll(
  need: Omit<AndroidNeed, "names">,
  { traits, newest }: AndroidTarget,
): string | undefined {
  const { since, ...other } = need;
  const found = lackOf(other, traits);
  if (found !== undefined || since === undefined || newest === undefined) return found;
  const difference = compareVersions(newest.version, since);
  return difference < 0 || (difference === 0 && !newest.included) ? `needs Android ${since}` : undefined;
}
