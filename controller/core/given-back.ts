import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { type RolloutLayer, type RolloutVersions, thresholdsOf } from "./rollout.ts";
import { olderHolds, policiesSeen } from "./seen-policies.ts";

/** What an abort takes from some devices, and what it gives back to them. */
export interface GivenBack {
  readonly before: Compiled;
  readonly after: Compiled;
}

/**
 * The policy set as it is for devices that have the newest version of a policy, and as it would be for them with each of
 * the versions that an abort returns some of them to; nothing where no device has the newest. The contents of older
 * versions are in `after` if they are in `compiled`.
 */
export function givenBack(compiled: Compiled, rollout: RolloutVersions): readonly GivenBack[] {
  const [top] = rollout.layers;
  if (top === undefined || rollout.layers.length < 2 || top.below === 0) return [];
  const before = seeing(compiled, rollout, [top], "0");
  // What nobody can read stays on its devices as it is: nothing is given back.
  const under = returnedTo(rollout.layers).filter(({ policy }) => policy !== "kept");
  return under.map((layer) => ({
    before,
    after: seeing(compiled, rollout, [{ ...top, below: 0 }, layer], "1"),
  }));
}

/** The versions that places below the newest one see without it. */
function returnedTo(layers: readonly RolloutLayer[]): readonly RolloutLayer[] {
  const [top = 0] = thresholdsOf(layers);
  const under = layers.slice(1);
  const ends = thresholdsOf(under);
  return under.filter((_, index) => {
    const from = index === 0 ? 0 : (ends[index - 1] ?? 0);
    return from < top && (index === under.length - 1 || from < (ends[index] ?? 0));
  });
}

function seeing(
  compiled: Compiled,
  { policy, seed }: RolloutVersions,
  layers: readonly RolloutLayer[],
  waves: string,
): Compiled {
  const { policies, older } = policiesSeen({ ...compiled, rollouts: [{ policy, seed, layers }] }, waves);
  const held = olderHolds(policies, older);
  return { ...compiled, policies: held.map((one) => (one.name === policy ? asCompiled(one) : one)) };
}

/** What was written down says nothing of what is undefined; targets are compared with one that does. */
function asCompiled(policy: CompiledPolicy): CompiledPolicy {
  return { ...policy, target: { ...policy.target, exclude: policy.target.exclude } };
}
