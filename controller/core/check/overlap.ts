import type { Target, TargetLists } from "../generated/manifest.ts";
import type { Manifest } from "../manifest.ts";
import { bothOf, type Conjunction, conjunctionOf, contradictionIn } from "./conjunction.ts";
import type { CheckContext } from "./context.ts";
import { declaredMembers, type Members } from "./declared-members.ts";
import { groupsWithin } from "./group-facts.ts";

/** Whether two targets share a device: `certain` is proved, `none` as well, `possible` is the rest. */
export type Overlap = "certain" | "possible" | "none";

/** Compares targets by their groups, and by the devices that manifests declare; remembers what it worked out. */
export function overlapFinder(context: CheckContext): (a: Target, b: Target) => Overlap {
  const world: World = {
    context,
    declared: declaredMembers(context),
    resolved: new Map(),
    members: new Map(),
    ways: new Map(),
    left: maxComparisons,
  };
  return (a, b) => overlap(resolve(world, a), resolve(world, b), world);
}

interface World {
  readonly context: CheckContext;
  readonly declared: (target: Target) => Members;
  readonly resolved: Map<Target, Resolved>;
  readonly members: Map<Resolved, Members>;
  readonly ways: Map<Resolved, readonly Conjunction[]>;
  /** Of `maxComparisons`. */
  left: number;
}

/** A target, worked out once. */
interface Resolved {
  readonly target: Target;
  readonly groups: ReadonlyMap<string, Manifest<"DeviceGroup">>;
  readonly excludedGroups: ReadonlyMap<string, Manifest<"DeviceGroup">>;
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
  const members = world.members.get(resolved) ?? world.declared(resolved.target);
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

function overlap(a: Resolved, b: Resolved, world: World): Overlap {
  if (sharesGroup(a, b)) return "certain";
  // Selectors that contradict each other do so for declared devices too: no need to look at each of them.
  if (isBySelectors(a) && isBySelectors(b) && conceivableOverlap(a, b, world) === "none") return "none";
  const [left, right] = [membersIn(world, a), membersIn(world, b)];
  if (!left.sure.isDisjointFrom(right.sure)) return "certain";
  // With neither sure, the selectors themselves decide: an unknown platform cannot be two platforms at once.
  if (!left.sure.isDisjointFrom(right.conceivable)) return "possible";
  if (!right.sure.isDisjointFrom(left.conceivable)) return "possible";
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
  const left = ways(a, b, world);
  const right = ways(b, a, world);
  world.left -= left.length * right.length;
  if (world.left < 0) return "possible";
  const meets = left.some((one) => right.some((other) => contradictionIn(bothOf(one, other)) === undefined));
  return meets ? "possible" : "none";
}

/** How many ways into targets are compared with one another before overlaps are merely possible. */
const maxComparisons = 1_000_000;

/** What devices of a target have in common that another one could hold too, one conjunction per way to be in it. */
function ways(one: Resolved, other: Resolved, world: World): readonly Conjunction[] {
  const { target } = one;
  if (target.all === true) return [new Map()];
  if (target.exclude !== undefined || other.target.exclude !== undefined) {
    const isOut = ({ name }: Manifest<"DeviceGroup">) =>
      one.excludedGroups.has(name) || other.excludedGroups.has(name);
    const isShared = (name: string) =>
      membersIn(world, one).conceivable.has(name) && membersIn(world, other).conceivable.has(name);
    return waysThrough(
      world,
      target,
      [...one.groups.values()].filter((group) => !isOut(group)),
      isShared,
    );
  }
  // Without exclusions every declared device that is named is sure, and was looked at before.
  const known = world.ways.get(one) ?? waysThrough(world, target, [...one.groups.values()], () => false);
  world.ways.set(one, known);
  return known;
}

function waysThrough(
  world: World,
  target: Target,
  groups: readonly Manifest<"DeviceGroup">[],
  isShared: (device: string) => boolean,
): readonly Conjunction[] {
  const { devices = [], users = [], userGroups = [] } = target;
  const names = new Set([...devices, ...groups.flatMap(({ spec }) => spec.devices ?? [])]);
  const named = [...names].flatMap((name) => comparable(world, name, isShared));
  return [
    ...groups.flatMap(({ spec }) => (spec.selector === undefined ? [] : [conjunctionOf(spec.selector)])),
    ...(named.length === 0 ? [] : [conjunctionOf({ match: { reference: named } })]),
    ...(users.length === 0 ? [] : [conjunctionOf({ match: { owner: users } })]),
    ...userGroups.map((name) => conjunctionOf({ match: { owner: membersOf(world, name) } })),
  ];
}

/** A name as one that compares: of a declared device that both could hold, or of one that nothing is known of. */
function comparable(world: World, name: string, isShared: (device: string) => boolean): readonly string[] {
  const declared = world.context.devicesNamed(name);
  if (declared.length === 0) return [name];
  return declared.flatMap((device) => (isShared(device.name) ? [device.name] : []));
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
