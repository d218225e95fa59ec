import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { type RolloutLayer, type RolloutVersions, thresholdsOf, whole } from "./rollout.ts";
import { layersAborted } from "./rollout-layers.ts";
import { olderHolds, policiesSeen } from "./seen-policies.ts";

/** What an abort takes from some devices, and what it gives back to them. */
export interface GivenBack {
  readonly before: Compiled;
  readonly after: Compiled;
  /** The index of the version that these devices see before it. */
  readonly index: number;
}

/** Devices that see one version of a policy, and another one after an abort. */
export interface Return {
  readonly index: number;
  readonly to: RolloutLayer;
}

/**
 * The policy set as it is for devices that an abort takes a version of a policy from, and as it would be for them with
 * each of the versions that it returns some of them to; nothing where no device has the newest. The contents of older
 * versions are in `after` if they are in `compiled`.
 */
export function givenBack(compiled: Compiled, rollout: RolloutVersions): readonly GivenBack[] {
  const { layers } = rollout;
  // What nobody can read stays on its devices as it is: nothing is given back.
  return returnsOf(layers)
    .filter(({ to }) => to.policy !== "kept")
    .map(({ index, to }) => ({
      index,
      before: seeing(compiled, rollout, layers, String(index)),
      after: seeing(compiled, rollout, [...layers.slice(0, 1), to], "1"),
    }));
}

/** Who sees another version after an abort. */
export function returnsOf(layers: readonly RolloutLayer[]): readonly Return[] {
  const after = rangesOf(layersAborted(layers));
  return rangesOf(layers).flatMap((had, index) =>
    after
      .filter(({ layer, from, to }) => layer !== had.layer && Math.max(from, had.from) < Math.min(to, had.to))
      .map(({ layer }) => ({ index, to: layer })),
  );
}

/** The places that see each version. */
function rangesOf(layers: readonly RolloutLayer[]) {
  // All that is left sees the last one.
  const ends = thresholdsOf(layers).slice(0, -1);
  return layers.map((layer, index) => ({ layer, from: ends[index - 1] ?? 0, to: ends[index] ?? whole }));
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
