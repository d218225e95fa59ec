import { actType, keysUsed } from "../core/apple-acts.ts";
import { commandRefusal } from "../core/apple-schema/gates.ts";
import { keyGates } from "../core/apple-schema/key-gates.ts";
import { type DeviceTraits, unmet } from "../core/apple-schema/requirement.ts";
import { requirementText } from "../core/apple-schema/requirement-text.ts";
import { enrollmentTrait } from "../core/enrollment-trait.ts";
import { type Facts, platforms } from "../core/facts.ts";
import type { Verb } from "../core/intent.ts";

/** What gates ask of a device, as far as its facts say it; undefined while its platform is unknown. */
export function traitsOf(facts: Facts): DeviceTraits | undefined {
  const platform = platforms.find((one) => one === facts.platform?.value);
  if (platform === undefined) return undefined;
  const mode = facts.mode?.value;
  return {
    platform,
    channel: "device",
    osVersion: facts.osVersion?.value,
    supervised: mode === undefined ? undefined : mode === "supervised",
    enrollment: enrollmentTrait(facts),
    sharedIpad: facts.sharedIpad?.value === undefined ? undefined : facts.sharedIpad.value === "true",
  };
}

/**
 * Why a device cannot carry out an act as its manifest has it, in words; undefined when nothing is known to stand
 * against it. Asked before the act is frozen, and again before its command leaves: a device may have changed.
 */
export function actRefusal(
  verb: Verb,
  parameters: Readonly<Record<string, unknown>>,
  traits: DeviceTraits | undefined,
): string | undefined {
  // Its answer would never be whole.
  if (verb === "audit") return traits && commandRefusal("InstalledApplicationList", traits);
  const type = actType(verb);
  if (type === undefined) return `Apple devices have no command for ${verb}`;
  if (traits === undefined) return undefined;
  const command = commandRefusal(type, traits);
  if (command !== undefined) return explained(verb, traits) ?? command;
  for (const { at, path } of keysUsed(verb, parameters)) {
    const missing = unmet(keyGates("command", type, path), traits);
    if (missing.length > 0)
      return `${at.join(".")} ${missing.map((one) => requirementText(one, traits.platform)).join(" and ")}`;
  }
  return undefined;
}

/** Where the schema alone would leave somebody wondering what to do instead. */
function explained(verb: Verb, { platform }: DeviceTraits): string | undefined {
  if (verb === "clearPasscode" && platform === "macos")
    return "a Mac has no passcode that could be cleared: unlock an account with unlockUser";
  return undefined;
}
