import type { Compiled, CompiledPolicy, CompiledTarget, ItemForms } from "./compiled.ts";
import { equal } from "./equal.ts";
import { versionOf } from "./policy-version.ts";
import { layerAt, positionOf, type RolloutLayer, type RolloutVersions } from "./rollout.ts";

/** The policies of a set as some devices see them, in order of priority. */
export interface SeenPolicies {
  readonly policies: readonly CompiledPolicy[];
  /** Those seen in an older version than the newest, and since when that version is there. */
  readonly older: ReadonlyMap<CompiledPolicy, RolloutLayer>;
  /** A policy of which devices keep what they have, as this program cannot read it. */
  readonly unreadable?: string;
}

/**
 * The policy set with the rollouts under way, by which devices see some of its policies in older versions; also those of
 * which nobody can read the only version.
 */
export function withRollouts(compiled: Compiled, rollouts: readonly RolloutVersions[]): Compiled {
  const names = new Set(compiled.policies.map(({ name }) => name));
  const open = rollouts
    .filter(({ policy, layers }) => names.has(policy) && (layers.length > 1 || layers[0]?.policy === "kept"))
    .map(({ policy, seed, layers }) => ({ policy, seed, layers }));
  return open.length === 0
    ? compiled
    : { ...compiled, rollouts: open.sort((a, b) => (a.policy < b.policy ? -1 : 1)) };
}

/**
 * What a device sees of the rollouts of a policy set, as a short text: of each, in their order, the index of the layer.
 * Undefined while none is under way. The store works out the same.
 */
export function wavesOf({ rollouts }: Pick<Compiled, "rollouts">, device: string): string | undefined {
  return rollouts?.map(({ seed, layers }) => layerAt(layers, positionOf(seed, device))).join(".");
}

const known = new WeakMap<Compiled, Map<string, SeenPolicies>>();

/** The policies as devices with these waves see them. Who has none sees the oldest: nobody gets ahead by mistake. */
export function policiesSeen(compiled: Compiled, waves = ""): SeenPolicies {
  if (compiled.rollouts === undefined) return { policies: compiled.policies, older: nobody };
  const byWaves = known.get(compiled) ?? new Map<string, SeenPolicies>();
  known.set(compiled, byWaves);
  const seen = byWaves.get(waves) ?? see(compiled, compiled.rollouts, waves.split("."));
  byWaves.set(waves, seen);
  return seen;
}

const nobody: ReadonlyMap<CompiledPolicy, RolloutLayer> = new Map();

function see(
  compiled: Compiled,
  rollouts: readonly RolloutVersions[],
  indexes: readonly string[],
): SeenPolicies {
  const open = new Map(
    rollouts.map(({ policy, layers }, at) => [
      policy,
      { first: layers[0], layer: layerSeen(layers, indexes[at]) },
    ]),
  );
  const older = new Map<CompiledPolicy, RolloutLayer>();
  let unreadable: string | undefined;
  const policies = compiled.policies.flatMap((newest) => {
    const { first, layer } = open.get(newest.name) ?? {};
    if (layer === undefined) return [newest];
    if (layer.policy === "kept") unreadable = newest.name;
    if (layer.policy === "nothing" || layer.policy === "kept") return [];
    if (layer === first) return [layer.version === versionOf(newest) ? newest : layer.policy];
    const { windows: _before, ...said } = layer.policy;
    const target = reachable(layer.policy, newest, compiled);
    const windows = newest.windows === undefined ? {} : { windows: newest.windows };
    const policy = { ...said, target, ...windows };
    older.set(policy, layer);
    return [policy];
  });
  return { policies: policies.sort(byPriority), older, ...(unreadable === undefined ? {} : { unreadable }) };
}

/** What nobody has said an index of is seen in its oldest version: an empty one is none. */
function layerSeen(layers: readonly RolloutLayer[], index = ""): RolloutLayer | undefined {
  return (index === "" ? undefined : layers[Number(index)]) ?? layers.at(-1);
}

function byPriority(a: CompiledPolicy, b: CompiledPolicy): number {
  return b.priority - a.priority || (a.name < b.name ? -1 : 1);
}

/** A group that is declared no more has no members: what it had would go from all of them at once. */
function reachable(older: CompiledPolicy, newest: CompiledPolicy, compiled: Compiled): CompiledTarget {
  const { target } = older;
  const groups = [...target.groups, ...(target.exclude?.groups ?? [])];
  return groups.every((name) => compiled.groups.has(name)) ? target : newest.target;
}

/**
 * The policies of one place, with each item in one content: where a rollout holds one of them back, the older content
 * of an item stays until all that hold it back let the newer one come.
 */
export function olderHolds(
  policies: readonly CompiledPolicy[],
  older: SeenPolicies["older"],
): readonly CompiledPolicy[] {
  const held = policies.flatMap((policy) => {
    const layer = older.get(policy);
    return layer === undefined ? [] : [{ uses: policy.uses, since: layer.since }];
  });
  if (held.length === 0) return policies;
  const oldest = new Map<string, { readonly forms: ItemForms; readonly since: number }>();
  for (const { uses, since } of held)
    for (const { key, forms } of uses) {
      const known = oldest.get(key);
      if (known === undefined || since < known.since) oldest.set(key, { forms, since });
    }
  return policies.map((policy) => {
    const uses = policy.uses.map((use) => {
      const forms = oldest.get(use.key)?.forms;
      return forms === undefined || equal(forms, use.forms) ? use : { ...use, forms };
    });
    return uses.every((use, at) => use === policy.uses[at]) ? policy : { ...policy, uses };
  });
}

/** All versions of all policies that some device may see. */
export function allVersions({ policies, rollouts = [] }: Compiled): readonly CompiledPolicy[] {
  const layers = rollouts.flatMap((one) => one.layers.slice(1));
  return [...policies, ...layers.flatMap(({ policy }) => (typeof policy === "string" ? [] : [policy]))];
}
