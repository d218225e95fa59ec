import type { Platform } from "../facts.ts";
import { platforms } from "../facts.ts";
import type { Target } from "../generated/manifest.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";

/** The groups whose members a group has: itself and all below it. */
export function groupsWithin(context: CheckContext, name: string): readonly Manifest<"DeviceGroup">[] {
  const children = childrenOf(context);
  const seen = new Set([name]);
  for (const one of seen) for (const child of children.get(one) ?? []) seen.add(child);
  return [...seen].flatMap((one) => context.get("DeviceGroup", one) ?? []);
}

/** Platforms that members of a target can have, as far as selectors say so; all when it cannot be told. */
export function platformsOf(context: CheckContext, target: Target): ReadonlySet<Platform> {
  const unknown =
    target.all === true ||
    [target.devices, target.users, target.userGroups].some((list) => (list ?? []).length > 0);
  if (unknown) return new Set(platforms);
  const found = new Set<Platform>();
  for (const group of (target.groups ?? []).flatMap((name) => groupsWithin(context, name))) {
    if ((group.spec.devices ?? []).length > 0) return new Set(platforms);
    for (const platform of selectedPlatforms(group)) found.add(platform);
  }
  return found.size === 0 ? new Set(platforms) : found;
}

/** The platforms that a group's own selector admits; none when it has no selector. */
export function selectedPlatforms(group: Manifest<"DeviceGroup">): readonly Platform[] {
  const { selector } = group.spec;
  if (selector === undefined) return [];
  const match = selector.match?.platform;
  const allowed = match === undefined ? undefined : new Set([match].flat());
  return platforms.filter((platform) => {
    if (allowed !== undefined && !allowed.has(platform)) return false;
    return (selector.expressions ?? []).every(({ key, operator, values = [] }) => {
      if (key !== "platform") return true;
      if (operator === "In") return values.includes(platform);
      return operator !== "NotIn" || !values.includes(platform);
    });
  });
}

const cache = new WeakMap<CheckContext, ReadonlyMap<string, readonly string[]>>();

function childrenOf(context: CheckContext): ReadonlyMap<string, readonly string[]> {
  const known = cache.get(context);
  if (known !== undefined) return known;
  const children = new Map<string, string[]>();
  for (const { name, spec } of context.of("DeviceGroup")) {
    if (spec.parent === undefined) continue;
    const list = children.get(spec.parent) ?? [];
    list.push(name);
    children.set(spec.parent, list);
  }
  cache.set(context, children);
  return children;
}
