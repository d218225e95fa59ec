import { versionOf } from "./policy-version.ts";
import { mostLayers, type Rollout, type RolloutLayer, type Version, whole } from "./rollout.ts";

/** A version of a policy that comes into force. */
export interface Arrival {
  readonly policy: Exclude<Version, string>;
  readonly revision: string;
  readonly at: number;
}

/** What nothing is called as a version. */
const nothing = "nothing";

/** A policy whose devices have all of it: `base`, or nothing yet. */
export function settled(
  policy: string,
  base: Exclude<Version, string> | undefined,
  { revision, at }: Omit<Arrival, "policy">,
): Rollout {
  return {
    policy,
    seed: policy,
    layers: [
      {
        below: whole,
        share: 1,
        version: base === undefined ? nothing : versionOf(base),
        policy: base ?? nothing,
        revision,
        since: at,
      },
    ],
    ...begun("complete", "reeve", at),
  };
}

/**
 * A version of the policy comes into force. One that is under it already is gone back to at once, by all: a mistake
 * is not taken back in waves. Any other one lies on top and begins with nobody. A pause of reeve's own ends with it, that
 * of a person does not: no wave begins before a person resumes. Nor does one of a version that failed before.
 */
export function arrive(rollout: Rollout, arrival: Arrival): Rollout {
  const version = versionOf(arrival.policy);
  const index = rollout.layers.findIndex((layer) => layer.version === version);
  if (index === 0) return rollout;
  if (index !== -1) {
    const layers = rollout.layers.slice(index);
    if (layers.length === 1)
      return { ...rollout, layers: unmarked(layers), ...begun("complete", "reeve", arrival.at) };
    if (isPersonsPause(rollout)) return { ...rollout, layers };
    const reason = layers[0]?.failed;
    const status = reason === undefined ? "progressing" : "paused";
    return { ...rollout, layers, ...begun(status, "reeve", arrival.at), reason };
  }
  const [top, ...under] = rollout.layers;
  // What nobody was given, or was taken back from all, is no version of anybody's.
  const below = top?.below === 0 && under.length > 0 ? under : rollout.layers;
  const layer: RolloutLayer = {
    below: 0,
    share: 0,
    version,
    policy: arrival.policy,
    revision: arrival.revision,
    since: arrival.at,
  };
  // Whoever has a version that this program cannot read waits for a person.
  const isReadable = below.every((one) => one.policy !== "kept");
  const goesOn = isReadable && !isPersonsPause(rollout);
  const status = goesOn ? begun("progressing", "reeve", arrival.at) : {};
  return { ...rollout, layers: merged([layer, ...below]), ...status };
}

function isPersonsPause({ status, by }: Rollout): boolean {
  return status === "paused" && by !== "reeve";
}

/** The oldest two between the newest and the base become the older one of them. */
function merged(layers: readonly RolloutLayer[]): readonly RolloutLayer[] {
  return layers.length <= mostLayers ? layers : layers.filter((_, index) => index !== layers.length - 3);
}

/** A wave begins: devices below `below` see the newest version. A wave never takes it from anybody. */
export function beginWave(rollout: Rollout, share: number, below: number, at: number): Rollout {
  const [top, ...under] = rollout.layers;
  if (top === undefined || under.length === 0) return rollout;
  const isFirst = top.share === 0;
  return {
    ...rollout,
    layers: [{ ...top, share, below: share >= 1 ? whole : Math.max(top.below, Math.floor(below)) }, ...under],
    elapsedMs: 0,
    soakedMs: 0,
    countedAt: at,
    judgedFrom: isFirst ? at : rollout.judgedFrom,
  };
}

/** All devices have the newest version, and it was found good. */
export function complete(rollout: Rollout, at: number): Rollout {
  return { ...rollout, layers: rollout.layers.slice(0, 1), ...begun("complete", "reeve", at) };
}

/** It goes no further until a person resumes it; what devices have stays. */
export function pause(rollout: Rollout, reason: string, by: string, at: number): Rollout {
  return { ...rollout, status: "paused", reason, by, since: at };
}

/** It goes no further, as too many devices failed with its newest version; that is remembered of the version. */
export function fail(rollout: Rollout, reason: string, at: number): Rollout {
  const [top, ...under] = rollout.layers;
  const layers = top === undefined ? [] : [{ ...top, failed: reason }, ...under];
  return { ...pause(rollout, reason, "reeve", at), layers };
}

/** Everybody returns to what had been there before the newest version, until another one comes. */
export function abort(rollout: Rollout, reason: string, by: string, at: number): Rollout {
  const layers = layersAborted(rollout.layers);
  if (layers === rollout.layers) return rollout;
  return { ...rollout, layers, status: "aborted", reason, by, since: at };
}

/** Nobody has the newest version, nor one between that failed: whoever has such a one returns to what lies under it. */
export function layersAborted(layers: readonly RolloutLayer[]): readonly RolloutLayer[] {
  const [top, ...under] = layers;
  const base = under.at(-1);
  if (top === undefined || base === undefined) return layers;
  const good = under.filter((layer) => layer === base || layer.failed === undefined);
  return [{ ...top, below: 0, share: 0 }, ...good];
}

/** Its newest version is tried again. */
function unmarked(layers: readonly RolloutLayer[]): readonly RolloutLayer[] {
  const [top, ...under] = layers;
  if (top === undefined) return layers;
  const { failed: _failed, ...tried } = top;
  return [tried, ...under];
}

/** It goes on. What had been reported before is no evidence any more; an aborted one begins with its first wave. */
export function resume(rollout: Rollout, by: string, at: number): Rollout {
  return { ...rollout, layers: unmarked(rollout.layers), ...begun("progressing", by, at) };
}

function begun(status: Rollout["status"], by: string, at: number) {
  return {
    status,
    reason: undefined,
    by,
    since: at,
    elapsedMs: 0,
    soakedMs: 0,
    countedAt: at,
    judgedFrom: at,
  };
}
