import { compileSelector, compileUserGroups } from "../compile-groups.ts";
import type { Compiled } from "../compiled.ts";
import type { Facts } from "../facts.ts";
import type { Target, TargetLists } from "../generated/manifest.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { type Selector as CompiledSelector, selects, some, type Tri } from "../selector.ts";
import { bothOf, type Conjunction, conjunctionOf, contradictionIn } from "./conjunction.ts";
import type { CheckContext } from "./context.ts";
import { groupsWithin } from "./group-facts.ts";

/** Whether two targets share a device: `certain` is proved, `none` as well, `possible` is the rest. */
export type Overlap = "certain" | "possible" | "none";

/** Compares targets by their groups, and by the devices that manifests declare; remembers what it worked out. */
export function overlapFinder(context: CheckContext): (a: Target, b: Target) => Overlap {
  const userGroups = compileUserGroups({
    revision: "",
    manifests: context.manifests as readonly AnyManifest[],
    files: new Map(),
  });
  const world: World = {
    context,
    userGroups,
    resolved: new Map(),
    members: new Map(),
    selectors: new Map(),
    facts: new Map(),
  };
  return (a, b) => overlap(resolve(world, a), resolve(world, b), world);
}

interface World {
  readonly context: CheckContext;
  readonly userGroups: Compiled["userGroups"];
  readonly resolved: Map<Target, Resolved>;
  readonly members: Map<Resolved, Members>;
  readonly selectors: Map<string, CompiledSelector>;
  readonly facts: Map<string, Facts>;
}

/** A target, worked out once. */
interface Resolved {
  readonly target: Target;
  readonly groups: ReadonlyMap<string, Manifest<"DeviceGroup">>;
  readonly excludedGroups: ReadonlyMap<string, Manifest<"DeviceGroup">>;
}

/** Declared devices: surely in, or not surely out. */
interface Members {
  readonly sure: ReadonlySet<string>;
  readonly conceivable: ReadonlySet<string>;
}

function resolve(world: World, target: Target): Resolved {
  const known = world.resolved.get(target);
  const groups = known?.groups ?? groupMap(world, target.groups);
  const resolved = known ?? { target, groups, excludedGroups: groupMap(world, target.exclude?.groups) };
  world.resolved.set(target, resolved);
  return resolved;
}

function isBySelectors({ target, groups }: Resolved): boolean {
  return !hasNames(target) && [...groups.values()].every(({ spec }) => (spec.devices ?? []).length === 0);
}

function membersIn(world: World, resolved: Resolved): Members {
  const { target, groups, excludedGroups } = resolved;
  const known = world.members.get(resolved);
  if (known !== undefined) return known;
  const sure = new Set<string>();
  const conceivable = new Set<string>();
  for (const device of world.context.of("Device")) {
    const inside = target.all === true ? true : listed(world, target, groups, device);
    const outside = inside === false ? false : listed(world, target.exclude ?? {}, excludedGroups, device);
    if (inside === true && outside === false) sure.add(device.name);
    if (inside !== false && outside !== true) conceivable.add(device.name);
  }
  const members = { sure, conceivable };
  world.members.set(resolved, members);
  return members;
}

function groupMap(
  world: World,
  names: readonly string[] | undefined,
): ReadonlyMap<string, Manifest<"DeviceGroup">> {
  const within = (names ?? []).flatMap((name) => groupsWithin(world.context, name));
  return new Map(within.map((group) => [group.name, group]));
}

/** Whether a declared device is on the lists, as far as its manifest tells. */
function listed(
  world: World,
  lists: TargetLists,
  groups: ReadonlyMap<string, Manifest<"DeviceGroup">>,
  device: Manifest<"Device">,
): Tri {
  if ((lists.devices ?? []).some((name) => isNamed(world, device, name))) return true;
  const email = device.spec.owner?.toLowerCase();
  const memberOf = email === undefined ? [] : (world.userGroups.get(email) ?? []);
  if (email !== undefined && (lists.users ?? []).some((user) => user.toLowerCase() === email)) return true;
  if ((lists.userGroups ?? []).some((name) => memberOf.includes(name))) return true;
  return some([...groups.values()].map((group) => inGroup(world, group, device, memberOf)));
}

function inGroup(
  world: World,
  group: Manifest<"DeviceGroup">,
  device: Manifest<"Device">,
  memberOf: readonly string[],
): Tri {
  if ((group.spec.devices ?? []).some((name) => isNamed(world, device, name))) return true;
  const { selector } = group.spec;
  if (selector === undefined) return false;
  const compiled = world.selectors.get(group.name) ?? compileSelector(selector);
  world.selectors.set(group.name, compiled);
  const facts = world.facts.get(device.name) ?? factsOf(device);
  world.facts.set(device.name, facts);
  return selects(compiled, facts, memberOf);
}

function isNamed({ context }: World, device: Manifest<"Device">, name: string): boolean {
  return context.devicesNamed(name).includes(device);
}

function factsOf(device: Manifest<"Device">): Facts {
  const { owner, ownership, tags = {} } = device.spec;
  const values = { ...(owner && { owner }), ...(ownership && { ownership }), ...prefixed(tags) };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, { value, source: "asserted" as const }]),
  );
}

function prefixed(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([name, value]) => [`tag.${name}`, value]));
}

function overlap(a: Resolved, b: Resolved, world: World): Overlap {
  if (sharesGroup(a, b)) return "certain";
  // Selectors that contradict each other do so for declared devices too: no need to look at each of them.
  if (isBySelectors(a) && isBySelectors(b) && conceivableOverlap(a, b, world) === "none") return "none";
  const [left, right] = [membersIn(world, a), membersIn(world, b)];
  for (const device of left.sure) if (right.sure.has(device)) return "certain";
  // With neither sure, the selectors themselves decide: an unknown platform cannot be two platforms at once.
  for (const device of left.sure) if (right.conceivable.has(device)) return "possible";
  for (const device of right.sure) if (left.conceivable.has(device)) return "possible";
  return conceivableOverlap(a, b, world);
}

/**
 * A group or a user that both hold and neither takes back; that a group has a member, and one beside those that are
 * excluded by name, is taken for granted.
 */
function sharesGroup(a: Resolved, b: Resolved): boolean {
  const [left, right] = [a.target, b.target];
  const excluded = [left, right].flatMap(({ exclude }) => (exclude === undefined ? [] : [exclude]));
  if (excluded.some((lists) => hasGroups(lists))) return false;
  if (left.all === true && right.all === true) return true;
  const isWhole = !excluded.some(({ devices }) => (devices ?? []).length > 0);
  const isInhabited = (group: Manifest<"DeviceGroup">) => isWhole || group.spec.selector !== undefined;
  if (left.all === true) return [...b.groups.values()].some(isInhabited) || (isWhole && hasNames(right));
  if (right.all === true) return [...a.groups.values()].some(isInhabited) || (isWhole && hasNames(left));
  const users = new Set([...(left.users ?? []), ...(left.userGroups ?? [])]);
  if (isWhole && [...(right.users ?? []), ...(right.userGroups ?? [])].some((name) => users.has(name)))
    return true;
  return [...a.groups.values()].some((group) => b.groups.has(group.name) && isInhabited(group));
}

function hasGroups(lists: TargetLists): boolean {
  return [lists.groups, lists.users, lists.userGroups].some((list) => (list ?? []).length > 0);
}

function hasNames(target: Target): boolean {
  return [target.devices, target.users, target.userGroups].some((list) => (list ?? []).length > 0);
}

/** What is not sure may still be in both, unless the ways into one contradict all ways into the other. */
function conceivableOverlap(a: Resolved, b: Resolved, world: World): Overlap {
  const left = parts(a, b, world);
  const right = parts(b, a, world);
  if (left.length * right.length > 100_000) return "possible";
  const meets = left.some((one) => right.some((other) => contradictionIn(bothOf(one, other)) === undefined));
  return meets ? "possible" : "none";
}

/** What devices of a target have in common, one conjunction per way to be in it. */
function parts(one: Resolved, other: Resolved, world: World): readonly Conjunction[] {
  const { target } = one;
  if (target.all === true) return [new Map()];
  const isOut = (name: string) => one.excludedGroups.has(name) || other.excludedGroups.has(name);
  const groups = [...one.groups.values()].flatMap((group) => (isOut(group.name) ? [] : [group]));
  const selectors = groups.flatMap(({ spec }) =>
    spec.selector === undefined ? [] : [conjunctionOf(spec.selector)],
  );
  const names = [...(target.devices ?? []), ...groups.flatMap(({ spec }) => spec.devices ?? [])];
  const named = [...new Set(names)].flatMap((name) => mayBeInBoth(world, name, one, other));
  return [
    ...selectors,
    ...(named.length === 0 ? [] : [conjunctionOf({ match: { reference: named } })]),
    ...((target.users ?? []).length === 0 ? [] : [conjunctionOf({ match: { owner: target.users ?? [] } })]),
    ...(target.userGroups ?? []).map((name) => conjunctionOf({ match: { owner: membersOf(world, name) } })),
  ];
}

/** A name as one that compares: of a declared device that both could hold, or of one that nothing is known of. */
function mayBeInBoth(world: World, name: string, one: Resolved, other: Resolved): readonly string[] {
  const declared = world.context.devicesNamed(name);
  if (declared.length === 0) return [name];
  const [mine, theirs] = [membersIn(world, one).conceivable, membersIn(world, other).conceivable];
  return declared.flatMap((device) =>
    mine.has(device.name) && theirs.has(device.name) ? [device.name] : [],
  );
}

function membersOf(world: World, group: string): string[] {
  const within = new Set([group]);
  const users = new Set<string>();
  for (const name of within) {
    const spec = world.context.get("UserGroup", name)?.spec;
    for (const child of spec?.userGroups ?? []) within.add(child);
    for (const user of spec?.users ?? []) users.add(user.toLowerCase());
  }
  return [...users];
}
