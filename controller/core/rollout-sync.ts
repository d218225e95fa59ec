import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { versionOf } from "./policy-version.ts";
import { isUnderWay, type Rollout } from "./rollout.ts";
import { arrive, settled } from "./rollout-layers.ts";

/** What has to be written when a policy set comes into force, and what people are told of it. */
export interface RolloutChanges {
  readonly put: readonly Rollout[];
  /** Policies whose rollouts are over, as they are not declared any more. */
  readonly drop: readonly string[];
  readonly events: readonly { readonly type: string; readonly policy: string; readonly message: string }[];
}

interface Coming {
  readonly compiled: Compiled;
  /** The policy set before; undefined when nobody knows it. */
  readonly before: Compiled | undefined;
  /** Nothing was in force before. */
  readonly first: boolean;
  readonly at: number;
}

/**
 * Compares what stands of rollouts with a policy set that comes into force. It may be asked any number of times, by any
 * process, also with a set that was compared before: the answer is nothing then.
 */
export function syncRollouts(known: ReadonlyMap<string, Rollout>, coming: Coming): RolloutChanges {
  const put: Rollout[] = [];
  const events: RolloutChanges["events"][number][] = [];
  const taken = new Set<string>();
  for (const policy of coming.compiled.policies) {
    if (policy.rollout === undefined) continue;
    const was = standingOf(known, policy, coming.compiled);
    if (was !== undefined) taken.add(was.policy);
    const from = was ?? baseOf(policy, namesOf(policy), coming);
    const named = from.policy === policy.name ? from : renamed(from, policy.name);
    const now = arrive(named, { policy, revision: coming.compiled.revision, at: coming.at });
    if (now === was) continue;
    put.push(now);
    if (now !== named) events.push({ ...told(now), policy: policy.name });
  }
  const gone = [...known.values()].filter(({ policy }) => !isDeclared(policy, coming.compiled));
  const ended = gone.filter((one) => isUnderWay(one) && !taken.has(one.policy));
  return {
    put,
    drop: gone.map(({ policy }) => policy),
    events: [
      ...events,
      ...ended.map(({ policy }) => ({
        type: "rollout.ended",
        policy,
        message: "the policy declares no waves any more: all its devices are given what is in force",
      })),
    ],
  };
}

/**
 * How a policy's rollout stands: under the name that it has, or had. What is called again as it was called first goes
 * on as well: a rename that is taken back, or that never came into force.
 */
export function standingOf(
  known: ReadonlyMap<string, Rollout>,
  policy: CompiledPolicy,
  compiled: Compiled,
): Rollout | undefined {
  const names = namesOf(policy);
  const named = names.map((one) => known.get(one)).find((one) => one !== undefined);
  if (named !== undefined) return named;
  return [...known.values()].find((one) => names.includes(one.seed) && !isDeclared(one.policy, compiled));
}

function namesOf({ name, formerly = [] }: CompiledPolicy): readonly string[] {
  return [name, ...formerly];
}

/** Its older versions are called as it is now: a name alone changes nothing for a device. */
function renamed(rollout: Rollout, name: string): Rollout {
  const layers = rollout.layers.map((layer) =>
    typeof layer.policy === "string" ? layer : { ...layer, policy: { ...layer.policy, name } },
  );
  return { ...rollout, policy: name, layers };
}

function isDeclared(name: string, compiled: Compiled): boolean {
  return compiled.policies.some((policy) => policy.name === name && policy.rollout !== undefined);
}

/** What the devices of a policy have that no rollout is known of. */
function baseOf(policy: CompiledPolicy, names: readonly string[], { before, first, compiled, at }: Coming) {
  const was = before?.policies.find(({ name }) => names.includes(name));
  // Without the set before nobody knows what devices have, and taking nothing for it would take everything away.
  const unknown = before === undefined && !first;
  const base = unknown ? policy : was;
  const same = base !== undefined && versionOf(base) === versionOf(policy);
  const revision = same ? compiled.revision : (before?.revision ?? compiled.revision);
  return settled(policy.formerly?.at(-1) ?? policy.name, base, { revision, at });
}

function told({ layers: [top, ...under], status, by }: Rollout): {
  readonly type: string;
  readonly message: string;
} {
  const version = `version ${top?.version.slice(0, 12)}`;
  // What begins with nobody is new; what is gone back to some have had.
  if (top?.below === 0) {
    const when = status === "paused" ? `, when a person resumes the rollout that ${by} has paused` : "";
    return { type: "rollout.started", message: `${version} reaches its devices in waves${when}` };
  }
  if (under.length === 0)
    return { type: "rollout.reverted", message: `all its devices go back to ${version} at once` };
  const others =
    status === "paused" ? "no others get it before a person resumes" : "the others get it in waves";
  return {
    type: "rollout.reverted",
    message: `devices with a newer version go back to ${version} at once; ${others}`,
  };
}
