import type { Verb } from "../core/intent.ts";
import { Stalled } from "../errors.ts";
import { type PlistDict, textAt } from "./wire/plist.ts";

/**
 * The fields of the command for an act (Apple: DeviceLock, EraseDevice, RestartDevice, EnableLostMode …).
 * Parameters have their secrets in them already. Throws Stalled when one is missing or malformed.
 */
export function actCommand(verb: Verb, parameters: PlistDict, platform: string | undefined): PlistDict {
  if (platform !== undefined && platformsOf[verb]?.includes(platform) === false)
    throw new Stalled("not-supported", `a device of ${platform} has no command for ${verb}`);
  switch (verb) {
    case "lock":
      return lock(parameters, platform);
    case "wipe":
      return wipe(parameters, platform);
    case "lostMode":
      return lostMode(parameters);
    case "removeProfile":
      return { Identifier: required(parameters, "identifier") };
    default:
      return {};
  }
}

const lostModePlatforms = ["ios", "ipados"];

/** Where Apple has the command of an act (supportedOS of the schema); all of them for what is not named. */
const platformsOf: Readonly<Partial<Record<Verb, readonly string[]>>> = {
  lock: ["ios", "ipados", "macos", "watchos", "visionos"],
  reboot: ["ios", "ipados", "macos", "tvos"],
  shutdown: ["ios", "ipados", "macos"],
  lostMode: lostModePlatforms,
  endLostMode: lostModePlatforms,
  locate: lostModePlatforms,
  playSound: lostModePlatforms,
};

function lock(parameters: PlistDict, platform: string | undefined): PlistDict {
  if (platform === "visionos") return {};
  const shown = optional(parameters, { message: "Message", phoneNumber: "PhoneNumber" });
  return platform === "macos" ? { PIN: pin(parameters), ...shown } : shown;
}

/** On a Mac, `DoNotObliterate` means: fail rather than wipe in a way that breaks the enrollment record. */
function wipe(parameters: PlistDict, platform: string | undefined): PlistDict {
  const hasEsim = platform !== "tvos" && platform !== "visionos";
  if (platform !== "macos") return parameters.keepEsim === true && hasEsim ? { PreserveDataPlan: true } : {};
  const hasPin = textAt(parameters, "pin") !== undefined;
  return { ObliterationBehavior: "DoNotObliterate", ...(hasPin ? { PIN: pin(parameters) } : {}) };
}

function lostMode(parameters: PlistDict): PlistDict {
  const fields = optional(parameters, {
    message: "Message",
    phoneNumber: "PhoneNumber",
    footnote: "Footnote",
  });
  if (fields.Message !== undefined || fields.PhoneNumber !== undefined) return fields;
  throw new Stalled("act-parameters", "lost mode needs a message or a phone number");
}

function optional(parameters: PlistDict, names: Readonly<Record<string, string>>): PlistDict {
  const present = Object.entries(names).flatMap(([ours, apples]) => {
    const text = textAt(parameters, ours);
    return text === undefined || text === "" ? [] : [[apples, text] as const];
  });
  return Object.fromEntries(present);
}

function required(parameters: PlistDict, name: string): string {
  const text = textAt(parameters, name);
  if (text === undefined || text === "") throw new Stalled("act-parameters", `${name} is missing`);
  return text;
}

/** Six digits; its text is never quoted. */
function pin(parameters: PlistDict): string {
  const text = required(parameters, "pin");
  if (!/^\d{6}$/.test(text)) throw new Stalled("act-parameters", "pin must be six digits");
  return text;
}
