import { type DeviceTraits, type Requirement, systemOf, unmet } from "./apple-schema/requirement.ts";
import { requirementText } from "./apple-schema/requirement-text.ts";
import type { OsGates, System } from "./apple-schema/schema.ts";
import { compareVersions } from "./version.ts";

/** What a device must be like for a part of an item; worked out once, when its manifest is compiled. */
export interface Need {
  /** Payload types, or keys of payloads, that need the same. */
  readonly names: readonly string[];
  readonly gates: OsGates;
  /** The device would refuse the whole; otherwise it ignores these keys. */
  readonly whole?: true;
}

export interface Judgement {
  /** Why the item is not sent at all. */
  readonly refused?: string;
  /** What of it the device ignores. */
  readonly ignored?: string;
}

/** Holds what an item needs against a device. What is not known of a device keeps nothing but whole payloads. */
export function judgeNeeds(needs: readonly Need[], traits: DeviceTraits): Judgement {
  const refusals = needs.filter((need) => need.whole === true).flatMap((need) => lacking(need, traits, true));
  if (refusals.length > 0) return { refused: shortList(refusals) };
  const ignored = needs.flatMap((need) => lacking(need, traits, false));
  return ignored.length === 0 ? {} : { ignored: `the device ignores ${shortList(ignored)}` };
}

function lacking({ names, gates }: Need, traits: DeviceTraits, isWhole: boolean): readonly string[] {
  const found = unmet(gates, traits);
  const missing = found.length > 0 || !isWhole ? found : undecided(gates, traits);
  if (missing.length === 0) return [];
  const text = missing.map((one) => requirementText(one, traits.platform)).join(" and ");
  return names.map((name) => `${name} (${text})`);
}

/** A payload that only supervised devices take waits until the device has said whether it is one. */
function undecided(gates: OsGates, traits: DeviceTraits): readonly Requirement[] {
  const system = systemOf(traits.platform);
  const isOpen =
    system !== undefined && gates[system]?.supervised === true && traits.supervised === undefined;
  return isOpen ? [{ type: "supervised" }] : [];
}

const mostShown = 4;

function shortList(texts: readonly string[]): string {
  const more = texts.length > mostShown ? ` and ${texts.length - mostShown} more` : "";
  return texts.slice(0, mostShown).join(", ") + more;
}

/** The versions at which the answer of some need changes, per system, the newest first. */
export function thresholdsOf(needs: Iterable<Need>): Readonly<Partial<Record<System, readonly string[]>>> {
  const versions = new Map<System, Set<string>>();
  for (const { gates } of needs)
    for (const [system, gate] of Object.entries(gates) as [System, NonNullable<OsGates[System]>][]) {
      const known = versions.get(system) ?? new Set();
      versions.set(system, known);
      for (const version of [gate.introduced, gate.removed])
        if (version !== undefined && version !== "n/a") known.add(version);
    }
  return Object.fromEntries(
    [...versions].map(([system, known]) => [system, [...known].sort((a, b) => compareVersions(b, a))]),
  );
}

/** The newest threshold that a version has reached: versions that are alike to every need have the same. */
export function floorOf(version: string, thresholds: readonly string[] | undefined): string {
  return thresholds?.find((one) => compareVersions(version, one) >= 0) ?? "0";
}
