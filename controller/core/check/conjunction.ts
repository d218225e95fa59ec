import type { Selector } from "../generated/manifest.ts";
import { canBeUnknown } from "../selector.ts";
import { compareVersions, isVersion } from "../version.ts";

/** What a selector demands of one fact. */
interface Demand {
  /** Values of which it must be one; undefined when it may be any. */
  readonly allowed: ReadonlySet<string> | undefined;
  readonly refused: ReadonlySet<string>;
  readonly present: boolean;
  readonly absent: boolean;
  /** Lower bounds, and upper bounds that are not reached. */
  readonly atLeast: string | undefined;
  readonly below: string | undefined;
}

/** What a selector demands, fact by fact. */
export type Conjunction = ReadonlyMap<string, Demand>;

const anything: Demand = {
  allowed: undefined,
  refused: new Set(),
  present: false,
  absent: false,
  atLeast: undefined,
  below: undefined,
};

/** Everything a selector demands, as one demand per fact. */
export function conjunctionOf(selector: Selector): Conjunction {
  const demands = new Map<string, Demand>();
  for (const [key, value] of Object.entries(selector.match ?? {})) {
    add(demands, key, { ...anything, allowed: valuesOf(key, [value].flat()), present: true });
  }
  for (const { key, operator, values = [] } of selector.expressions ?? []) {
    const [first] = values;
    if (operator === "In") add(demands, key, { ...anything, allowed: valuesOf(key, values), present: true });
    else if (operator === "NotIn") add(demands, key, { ...anything, refused: valuesOf(key, values) });
    else if (operator === "Exists") add(demands, key, { ...anything, present: true });
    else if (operator === "Absent") add(demands, key, { ...anything, absent: true });
    else if (operator === "VersionAtLeast") add(demands, key, { ...anything, present: true, atLeast: first });
    else add(demands, key, { ...anything, present: true, below: first });
  }
  return demands;
}

/** Both demands at once. */
export function bothOf(a: Conjunction, b: Conjunction): Conjunction {
  const both = new Map(a);
  for (const [key, demand] of b) add(both, key, demand);
  return both;
}

/** Why no device can satisfy the demands, in a sentence; undefined when one could. */
export function contradictionIn(demands: Conjunction): string | undefined {
  for (const [key, demand] of demands) {
    const reason = contradiction(key, demand);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** A device is in many user groups at once, so that two of them do not exclude each other. */
function isMultiple(key: string): boolean {
  return key === "userGroup";
}

function contradiction(key: string, demand: Demand): string | undefined {
  if (demand.absent && canBeUnknown(key))
    return `${key} is known or not known yet, but never known to be absent.`;
  if (demand.present && demand.absent) return `${key} would have to be both there and absent.`;
  const { allowed, refused, atLeast, below } = demand;
  if (allowed !== undefined) {
    const left = [...allowed].filter((value) => !refused.has(value));
    if (left.length === 0) return `${key} has no value left that all conditions accept.`;
    if (key === "osVersion" && left.every((value) => isOutside(value, atLeast, below))) {
      return `${key} has no value left within the range of versions.`;
    }
  }
  if (atLeast === undefined || below === undefined || compareVersions(atLeast, below) < 0) return undefined;
  return `${key} would have to be at least ${atLeast} and below ${below}.`;
}

function isOutside(version: string, atLeast: string | undefined, below: string | undefined): boolean {
  if (!isVersion(version)) return false;
  if (atLeast !== undefined && compareVersions(version, atLeast) < 0) return true;
  return below !== undefined && compareVersions(version, below) >= 0;
}

function add(demands: Map<string, Demand>, key: string, next: Demand): void {
  const before = demands.get(key) ?? anything;
  demands.set(key, {
    allowed: isMultiple(key) ? (before.allowed ?? next.allowed) : intersection(before.allowed, next.allowed),
    refused: new Set([...before.refused, ...next.refused]),
    present: before.present || next.present,
    absent: before.absent || next.absent,
    atLeast: latest(before.atLeast, next.atLeast),
    below: earliest(before.below, next.below),
  });
}

function intersection(
  a: ReadonlySet<string> | undefined,
  b: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return new Set([...a].filter((value) => b.has(value)));
}

/** Values that a device cannot tell apart become one: `18` and `18.0`, and an address in any case. */
function valuesOf(key: string, values: readonly string[]): ReadonlySet<string> {
  if (key === "owner") return new Set(values.map((value) => value.toLowerCase()));
  if (key === "osVersion") return new Set(values.map((value) => value.replace(/(\.0+)+$/, "")));
  return new Set(values);
}

function latest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareVersions(a, b) >= 0 ? a : b;
}

function earliest(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareVersions(a, b) <= 0 ? a : b;
}
