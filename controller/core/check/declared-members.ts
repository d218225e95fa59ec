import { compileSelector, compileUserGroups } from "../compile-groups.ts";
import type { Facts } from "../facts.ts";
import type { Target, TargetLists } from "../generated/manifest.ts";
import type { AnyManifest, Manifest } from "../manifest.ts";
import { type Selector, selects } from "../selector.ts";
import type { CheckContext } from "./context.ts";
import { groupsWithin } from "./group-facts.ts";

/** Declared devices by name: surely in, or not surely out. */
export interface Members {
  readonly sure: ReadonlySet<string>;
  readonly conceivable: ReadonlySet<string>;
}

/**
 * Which declared devices a target holds, as far as their manifests tell. Devices are looked up by name, owner and tag,
 * so that many targets over a long register do not each look at every device.
 */
export function declaredMembers(context: CheckContext): (target: Target) => Members {
  let world: World | undefined;
  return (target) => {
    world ??= indexOf(context);
    const inside = target.all === true ? world.everybody : listed(world, target);
    if (target.exclude === undefined) return inside;
    const outside = listed(world, target.exclude);
    return {
      sure: inside.sure.difference(outside.conceivable),
      conceivable: inside.conceivable.difference(outside.sure),
    };
  };
}

interface World {
  readonly context: CheckContext;
  readonly everybody: Members;
  readonly facts: ReadonlyMap<string, Facts>;
  /** Device names by `tag.NAME\0VALUE` and by `owner\0ADDRESS`. */
  readonly byFact: ReadonlyMap<string, readonly string[]>;
  readonly byUserGroup: ReadonlyMap<string, readonly string[]>;
  readonly userGroupsOf: (device: string) => readonly string[];
  readonly groups: Map<string, Members>;
}

function indexOf(context: CheckContext): World {
  const manifests = context.manifests as readonly AnyManifest[];
  const compiled = compileUserGroups({ revision: "", manifests, files: new Map() });
  const facts = new Map<string, Facts>();
  const byFact = new Map<string, string[]>();
  const byUserGroup = new Map<string, string[]>();
  for (const device of context.of("Device")) {
    const own = factsOf(device);
    facts.set(device.name, own);
    for (const [key, { value }] of Object.entries(own)) add(byFact, factKey(key, value), device.name);
    for (const group of compiled.get(own.owner?.value.toLowerCase() ?? "") ?? [])
      add(byUserGroup, group, device.name);
  }
  const names = new Set(facts.keys());
  return {
    context,
    everybody: { sure: names, conceivable: names },
    facts,
    byFact,
    byUserGroup,
    userGroupsOf: (device) => compiled.get(facts.get(device)?.owner?.value.toLowerCase() ?? "") ?? [],
    groups: new Map(),
  };
}

function add(lists: Map<string, string[]>, key: string, entry: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [entry]);
  else list.push(entry);
}

function factKey(key: string, value: string): string {
  return `${key}\0${key === "owner" ? value.toLowerCase() : value}`;
}

function factsOf(device: Manifest<"Device">): Facts {
  const { owner, ownership, tags = {} } = device.spec;
  const asserted = (key: string, value: string) => [key, { value, source: "asserted" as const }] as const;
  return Object.fromEntries([
    ...(owner === undefined ? [] : [asserted("owner", owner)]),
    ...(ownership === undefined ? [] : [asserted("ownership", ownership)]),
    ...Object.entries(tags).map(([name, value]) => asserted(`tag.${name}`, value)),
  ]);
}

function listed(world: World, lists: TargetLists): Members {
  const sure = new Set<string>();
  const named = [
    ...(lists.devices ?? []).flatMap((name) => world.context.devicesNamed(name).map((device) => device.name)),
    ...(lists.users ?? []).flatMap((user) => world.byFact.get(factKey("owner", user)) ?? []),
    ...(lists.userGroups ?? []).flatMap((group) => world.byUserGroup.get(group) ?? []),
  ];
  for (const name of named) sure.add(name);
  const conceivable = new Set(sure);
  const groups = (lists.groups ?? []).flatMap((name) => groupsWithin(world.context, name));
  for (const members of groups.map((group) => inGroup(world, group))) {
    for (const name of members.sure) sure.add(name);
    for (const name of members.conceivable) conceivable.add(name);
  }
  return { sure, conceivable };
}

/** The members that a group has by itself, without those of the groups below it. */
function inGroup(world: World, group: Manifest<"DeviceGroup">): Members {
  const known = world.groups.get(group.name);
  if (known !== undefined) return known;
  const { devices, selector } = group.spec;
  const sure = new Set(
    (devices ?? []).flatMap((name) => world.context.devicesNamed(name).map((device) => device.name)),
  );
  const conceivable = new Set(sure);
  const compiled = selector === undefined ? undefined : compileSelector(selector);
  for (const name of compiled === undefined ? [] : candidates(world, compiled)) {
    const answer = selects(compiled ?? [], world.facts.get(name) ?? {}, world.userGroupsOf(name));
    if (answer === true) sure.add(name);
    if (answer !== false) conceivable.add(name);
  }
  const members = { sure, conceivable };
  world.groups.set(group.name, members);
  return members;
}

/** Devices that a selector may hold: those with the fact it asks for, where only a manifest can assert it. */
function candidates(world: World, selector: Selector): Iterable<string> {
  const asked = selector.find(
    ({ key, operator }) => operator === "In" && (key === "owner" || key.startsWith("tag.")),
  );
  if (asked === undefined) return world.facts.keys();
  return new Set(asked.values.flatMap((value) => world.byFact.get(factKey(asked.key, value)) ?? []));
}
