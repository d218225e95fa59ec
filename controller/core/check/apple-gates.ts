import type { KeyUse } from "../apple-schema/read-value.ts";
import { type Requirement, systemOf } from "../apple-schema/requirement.ts";
import { requirementText, systemName } from "../apple-schema/requirement-text.ts";
import type { OsGates } from "../apple-schema/schema.ts";
import { isOfScope, type Scope } from "../apple-schema/scope.ts";
import { compareVersions } from "../version.ts";
import { type AppleTarget, type AppleTargets, unmetByAll } from "./apple-targets.ts";
import { listed } from "./nearest.ts";
import type { Finding } from "./problem.ts";

/** What a payload, or a key of it, is called in messages, and what a device must be like to use it. */
export interface Gated {
  readonly name: string;
  readonly gates: OsGates;
}

/** What arrives on no channel of the scope that a profile has, whatever devices it is for. */
export function scopeFinding({ name, gates }: Gated, scope: Scope): readonly Finding[] {
  if (isOfScope(gates, scope)) return [];
  const rule = "apple-wrong-scope";
  if (scope === "user") {
    const detail = ["Leave out scope: user, or give it to devices in a Profile of its own."];
    return [{ rule, message: `${name} exists for devices and not for users`, detail }];
  }
  if (!isOfScope(gates, "user")) return [];
  const detail = ["Put it into a Profile with scope: user."];
  return [{ rule, message: `${name} exists for users and not for devices`, detail }];
}

/** Which of the targeted devices will ignore something: an error when all of them do. */
export function ignoredFinding({ name, gates }: Gated, { known, isOpen }: AppleTargets): readonly Finding[] {
  const ignoring = known
    .map((target) => ({ target, missing: unmetByAll(gates, target) }))
    .filter(({ missing }) => missing.length > 0);
  if (ignoring.length === 0) return [];
  const detail = [...new Set(ignoring.map(({ target, missing }) => ignoredText(target, missing)))];
  if (!isOpen && ignoring.length === known.length)
    return [{ rule: "apple-unusable", message: `no targeted device can use ${name}`, detail }];
  const groups = listed([...new Set(ignoring.map(({ target }) => target.group))], "and");
  const message = `${name} is not supported by all devices of ${groups}`;
  return [{ severity: "warning", rule: "apple-ignored", message, detail }];
}

function ignoredText({ group, traits }: AppleTarget, missing: readonly Requirement[]): string {
  const needs = missing.map((one) => requirementText(one, traits.platform)).join(" and ");
  return `DeviceGroup/${group}, ${systemName(traits.platform)}: it ${needs}.`;
}

/** What is deprecated in the versions that the targeted devices have at least. */
export function deprecatedFinding({ name, gates }: Gated, { known }: AppleTargets): readonly Finding[] {
  const detail = known.flatMap(({ group, traits, oldest }) => {
    const system = systemOf(traits.platform);
    const since = system === undefined ? undefined : gates[system]?.deprecated;
    if (since === undefined || oldest === undefined || compareVersions(oldest, since) < 0) return [];
    return [`DeviceGroup/${group}: since ${systemName(traits.platform)} ${since}.`];
  });
  if (detail.length === 0) return [];
  return [{ severity: "warning", rule: "apple-deprecated", message: `${name} is deprecated`, detail }];
}

/** The uses of keys that a device could ignore, without those that change nothing. */
export function gatedUses(uses: readonly KeyUse[]): readonly KeyUse[] {
  return uses.filter((use) => !use.isDefault);
}
