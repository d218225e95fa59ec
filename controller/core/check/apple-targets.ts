import type { DeviceTraits, Requirement } from "../apple-schema/requirement.ts";
import { systemOf, unmet } from "../apple-schema/requirement.ts";
import type { OsGates } from "../apple-schema/schema.ts";
import type { Platform } from "../facts.ts";
import type { Target } from "../generated/manifest.ts";
import type { Manifest } from "../manifest.ts";
import { compareVersions } from "../version.ts";
import type { CheckContext } from "./context.ts";
import { groupsWithin, selectedPlatforms } from "./group-facts.ts";

/** Devices of one platform in one group, as far as its selector says what they are like. */
export interface AppleTarget {
  readonly group: string;
  readonly traits: DeviceTraits;
  /** The oldest version that the selector admits. */
  readonly oldest?: string | undefined;
  /** The newest one, or the one below which they all are. */
  readonly newest?: { readonly version: string; readonly included: boolean } | undefined;
}

/** The devices that get an item. */
export interface AppleTargets {
  readonly known: readonly AppleTarget[];
  /** There may be others, of which nothing is known. */
  readonly isOpen: boolean;
}

const cache = new WeakMap<CheckContext, ReadonlyMap<string, AppleTargets>>();

/** The Apple devices that policies give an item to (`Profile/NAME` or `App/NAME`). */
export function appleTargetsOf(context: CheckContext, item: string): AppleTargets {
  const known = cache.get(context) ?? targetsByItem(context);
  cache.set(context, known);
  return known.get(item) ?? { known: [], isOpen: true };
}

function targetsByItem(context: CheckContext): ReadonlyMap<string, AppleTargets> {
  const items = new Map<string, { readonly known: Map<string, AppleTarget>; isOpen: boolean }>();
  for (const policy of context.of("Policy")) {
    const { known, isOpen } = appleTargetsIn(context, policy.spec.target);
    const named = known.map((target) => [JSON.stringify(target), target] as const);
    for (const key of itemsOf(policy)) {
      const item = items.get(key) ?? { known: new Map<string, AppleTarget>(), isOpen: false };
      items.set(key, item);
      item.isOpen ||= isOpen;
      for (const [name, target] of named) item.known.set(name, target);
    }
  }
  return new Map([...items].map(([key, { known, isOpen }]) => [key, { known: [...known.values()], isOpen }]));
}

/** Keys of what a policy gives, without its books. */
export function itemsOf({ spec }: Manifest<"Policy">): readonly string[] {
  return [
    ...(spec.profiles ?? []).map((use) => `Profile/${use.name}`),
    ...(spec.apps ?? []).map((use) => `App/${use.name}`),
  ];
}

/** The Apple devices that a target means. */
export function appleTargetsIn(context: CheckContext, target: Target): AppleTargets {
  const others = [target.devices, target.users, target.userGroups].some((list) => (list ?? []).length > 0);
  const groups = (target.groups ?? []).flatMap((name) => groupsWithin(context, name));
  const known = groups.flatMap((group) => targetsIn(group));
  const isOpen = target.all === true || others || groups.some(isOpenGroup);
  return { known, isOpen };
}

/** Devices that a manifest names may be anything, and so may those of a selector that asks for no platform. */
export function isOpenGroup({ spec }: Manifest<"DeviceGroup">): boolean {
  return (spec.devices ?? []).length > 0 || (spec.selector !== undefined && !asksForPlatform(spec));
}

/** True when a selector says which platforms it wants, so that the others are certainly not meant. */
export function asksForPlatform({ selector }: Manifest<"DeviceGroup">["spec"]): boolean {
  if (selector?.match?.platform !== undefined) return true;
  return (selector?.expressions ?? []).some(({ key, operator }) => key === "platform" && operator === "In");
}

function targetsIn(group: Manifest<"DeviceGroup">): readonly AppleTarget[] {
  if (!asksForPlatform(group.spec)) return [];
  return selectedPlatforms(group)
    .filter((platform) => systemOf(platform) !== undefined)
    .map((platform) => ({ group: group.name, traits: traitsOf(group, platform), ...versionsOf(group) }));
}

function traitsOf(group: Manifest<"DeviceGroup">, platform: Platform): DeviceTraits {
  const modes = valuesOf(group, "mode");
  const enrollments = valuesOf(group, "enrollment");
  const mode = modes?.length === 1 ? modes[0] : undefined;
  const enrollment = enrollments?.length === 1 ? enrollments[0] : undefined;
  return {
    platform,
    ...(mode === "supervised" ? { supervised: true } : mode === "unsupervised" ? { supervised: false } : {}),
    ...(enrollment === "automated" ? { enrollment: "automated" as const } : {}),
    ...(enrollment === "manual" ? { enrollment: "device" as const } : {}),
  };
}

/** The values that a selector admits for a fact; undefined where it does not ask for it. */
export function valuesOf({ spec }: Manifest<"DeviceGroup">, key: string): readonly string[] | undefined {
  const match = (spec.selector?.match as Readonly<Record<string, unknown>> | undefined)?.[key];
  if (match !== undefined) return [match].flat().map(String);
  const found = (spec.selector?.expressions ?? []).find((one) => one.key === key && one.operator === "In");
  return found?.values?.map(String);
}

/** The versions that a selector admits at most. */
export function versionsOf(group: Manifest<"DeviceGroup">): Pick<AppleTarget, "oldest" | "newest"> {
  const expressions = (group.spec.selector?.expressions ?? []).filter((one) => one.key === "osVersion");
  const only = valuesOf(group, "osVersion")?.toSorted(compareVersions);
  const from = expressions.find((one) => one.operator === "VersionAtLeast")?.values?.[0];
  const below = expressions.find((one) => one.operator === "VersionBelow")?.values?.[0];
  const last = only?.at(-1);
  const newest =
    last !== undefined
      ? { version: last, included: true }
      : below === undefined
        ? undefined
        : { version: String(below), included: false };
  const oldest = only?.[0] ?? (from === undefined ? undefined : String(from));
  return { ...(oldest === undefined ? {} : { oldest }), ...(newest === undefined ? {} : { newest }) };
}

/** What keeps every device of a target from using something; empty when nothing is known to. */
export function unmetByAll(gates: OsGates, { traits, oldest, newest }: AppleTarget): readonly Requirement[] {
  const found = unmet(gates, traits);
  if (found.length > 0) return found;
  const system = systemOf(traits.platform);
  const gate = system === undefined ? undefined : gates[system];
  const { introduced, removed } = gate ?? {};
  if (introduced !== undefined && newest !== undefined) {
    const difference = compareVersions(newest.version, introduced);
    if (difference < 0 || (difference === 0 && !newest.included))
      return [{ type: "since", version: introduced }];
  }
  if (removed !== undefined && (oldest === undefined || compareVersions(oldest, removed) >= 0))
    return newest === undefined || oldest !== undefined ? [{ type: "until", version: removed }] : [];
  return [];
}
