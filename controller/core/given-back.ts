import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { type RolloutLayer, type RolloutVersions, whole } from "./rollout.ts";
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
  const [top, ...under] = rollout.layers;
  if (top === undefined) return [];
  const before = seeing(compiled, rollout, [top], "0");
  // What nobody can read stays on its devices as it is: nothing is given back.
  return returnedTo(top, under)
    .filter(({ policy }) => policy !== "kept")
    .map((layer) => ({ before, after: seeing(compiled, rollout, [top, layer], "1") }));
}

/** The versions that places below the newest one see without it. */
function returnedTo(top: RolloutLayer, under: readonly RolloutLayer[]): readonly RolloutLayer[] {
  let from = 0;
  return under.filter(({ below }, index) => {
    const to = index === under.length - 1 ? whole : Math.max(from, below);
    const isSeen = from < Math.min(to, top.below);
    from = to;
    return isSeen;
  });
}

function seeing(
  compiled: Compiled,
  { policy, seed }: RolloutVersions,
  layers: readonly RolloutLayer[],
  waves: string,
): Compiled {
  const { policies, older } = policiesSeen({ ...compiled, rollouts: [{ policy, seed, layers }] }, waves);
  return { ...compiled, policies: olderHolds(policies, older).map(asCompiled) };
}

/** What was written down says nothing of what is undefined; targets are compared with one that does. */
function asCompiled(policy: CompiledPolicy): CompiledPolicy {
  return { ...policy, target: { ...policy.target, exclude: policy.target.exclude } };
}
