import { canonical, sha256 } from "./canonical.ts";
import type { CompiledPolicy } from "./compiled.ts";
import type { RolloutLayer } from "./rollout.ts";

/** Of how layers are written down; what was written in another form is not read. */
export const layersForm = 1;

const versions = new WeakMap<CompiledPolicy, string>();

/**
 * What tells two versions of a policy apart: all that it says, with the contents of its items. Not where that is
 * written, nor what the policy is called, nor how it is rolled out and when it may be sent.
 */
export function versionOf(policy: CompiledPolicy): string {
  const known = versions.get(policy);
  if (known !== undefined) return known;
  const { name: _name, rollout: _rollout, windows: _windows, formerly: _formerly, ...said } = policy;
  const version = sha256(canonical(JSON.parse(JSON.stringify(said, withoutPlaces))));
  versions.set(policy, version);
  return version;
}

function withoutPlaces(key: string, value: unknown): unknown {
  if (key === "origin" || key === "places") return undefined;
  return sets(key, value);
}

const setKey = "=set";

function sets(_key: string, value: unknown): unknown {
  return value instanceof Set ? { [setKey]: [...value].sort() } : value;
}

/** Layers as a text. */
export function writeLayers(layers: readonly RolloutLayer[]): string {
  return canonical(JSON.parse(JSON.stringify(layers, sets)));
}

/** The layers that `writeLayers` wrote; undefined when it is not such a text. */
export function readLayers(text: string): readonly RolloutLayer[] | undefined {
  try {
    const read: unknown = JSON.parse(text, revive);
    return Array.isArray(read) && read.length > 0 && read.every(isLayer) ? read : undefined;
  } catch {
    return undefined;
  }
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const members = (value as Record<string, unknown>)[setKey];
  return Array.isArray(members) ? new Set(members) : value;
}

function isLayer(value: unknown): value is RolloutLayer {
  if (typeof value !== "object" || value === null) return false;
  const { below, share, version, policy, revision, since } = value as Record<string, unknown>;
  const numbers = [below, share, since].every((one) => typeof one === "number" && one >= 0);
  const words = typeof version === "string" && typeof revision === "string";
  return numbers && words && (policy === "nothing" || policy === "kept" || isPolicy(policy));
}

function isPolicy(value: unknown): value is CompiledPolicy {
  if (typeof value !== "object" || value === null) return false;
  const { name, uses, target } = value as Partial<CompiledPolicy>;
  return typeof name === "string" && Array.isArray(uses) && target?.devices instanceof Set;
}
