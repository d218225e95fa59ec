import { keyGates } from "../core/apple-schema/key-gates.ts";
import { type DeviceTraits, unmet } from "../core/apple-schema/requirement.ts";
import type { Verb } from "../core/intent.ts";
import { Stalled } from "../errors.ts";
import { adminPassword, fileVaultKey, firmwarePassword, password, recoveryLock } from "./act-passwords.ts";
import { returnToService } from "./act-return.ts";
import { settingsOf } from "./act-settings.ts";
import { actRefusal } from "./command-gates.ts";
import { type PlistDict, textAt } from "./wire/plist.ts";

/**
 * The fields of the command for an act (Apple: DeviceLock, EraseDevice, RestartDevice, Settings …). Parameters have
 * their secrets in them already, and what reeve supplies. Throws Stalled when the device cannot do it, or when a
 * parameter is missing or malformed.
 */
export function actCommand(verb: Verb, parameters: PlistDict, traits: DeviceTraits | undefined): PlistDict {
  const refusal = actRefusal(verb, parameters, traits);
  if (refusal !== undefined) throw new Stalled("not-supported", refusal);
  switch (verb) {
    case "lock":
      return lock(parameters, traits);
    case "wipe":
      return wipe(parameters, traits);
    case "clearPasscode":
      return clearPasscode(parameters);
    case "reboot":
      return reboot(parameters);
    case "lostMode":
      return lostMode(parameters);
    case "removeProfile":
      return { Identifier: required(parameters, "identifier") };
    case "settings":
      return { Settings: settingsOf(parameters) };
    case "setRecoveryLock":
      return recoveryLock(parameters);
    case "setFirmwarePassword":
      return firmwarePassword(parameters);
    case "verifyRecoveryLock":
    case "verifyFirmwarePassword":
      return password(parameters);
    case "setAdminPassword":
      return adminPassword(parameters);
    case "rotateFileVaultKey":
      return fileVaultKey(parameters);
    case "unlockUser":
      return { UserName: required(parameters, "user") };
    case "deleteUser":
      return deleteUser(parameters);
    case "refreshCellularPlans":
      return { eSIMServerURL: required(parameters, "url") };
    case "startMirroring":
      return mirroring(parameters);
    default:
      return {};
  }
}

/** A Shared iPad and a Vision Pro are locked, and show nothing. */
function lock(parameters: PlistDict, { platform, sharedIpad }: Partial<DeviceTraits> = {}): PlistDict {
  if (platform === "visionos" || sharedIpad === true) return {};
  const shown = optional(parameters, { message: "Message", phoneNumber: "PhoneNumber" });
  return platform === "macos" ? { PIN: pin(parameters), ...shown } : shown;
}

const obliterations: Readonly<Record<string, string>> = {
  never: "DoNotObliterate",
  withWarning: "ObliterateWithWarning",
  always: "Always",
  default: "Default",
};

/**
 * On a Mac, `DoNotObliterate` means: fail rather than wipe in a way that takes its system away. What is not kept where
 * there is no eSIM is left out; every other option that a device does not have was refused before.
 */
function wipe(parameters: PlistDict, traits: DeviceTraits | undefined): PlistDict {
  const platform = traits?.platform;
  if (traits === undefined || platform !== "macos") {
    const keeps = parameters.keepEsim === true && platform !== "tvos" && platform !== "visionos";
    const proximity = parameters.disallowProximitySetup === true ? { DisallowProximitySetup: true } : {};
    return { ...(keeps ? { PreserveDataPlan: true } : {}), ...proximity, ...returnToService(parameters) };
  }
  const hasPin = textAt(parameters, "pin") !== undefined;
  const behaviour = obliterations[textAt(parameters, "obliteration") ?? "never"] ?? "DoNotObliterate";
  // Before macOS 12 there was no choice.
  const isOld = unmet(keyGates("command", "EraseDevice", ["ObliterationBehavior"]), traits).length > 0;
  return {
    ...(isOld ? {} : { ObliterationBehavior: behaviour }),
    ...(hasPin ? { PIN: pin(parameters) } : {}),
  };
}

function clearPasscode(parameters: PlistDict): PlistDict {
  const token = parameters.unlockToken;
  if (token instanceof Uint8Array) return { UnlockToken: token };
  throw new Stalled(
    "unlock-token",
    "the device has given no unlock token: it had no passcode, or has enrolled anew",
  );
}

function reboot(parameters: PlistDict): PlistDict {
  const { notifyUser, rebuildKernelCache, kextPaths } = parameters;
  return {
    ...(notifyUser === true ? { NotifyUser: true } : {}),
    ...(rebuildKernelCache === true ? { RebuildKernelCache: true } : {}),
    ...(Array.isArray(kextPaths) ? { KextPaths: kextPaths } : {}),
  };
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

function deleteUser(parameters: PlistDict): PlistDict {
  const whom =
    parameters.all === true ? { DeleteAllUsers: true } : { UserName: required(parameters, "user") };
  return { ...whom, ...(parameters.force === true ? { ForceDeletion: true } : {}) };
}

function mirroring(parameters: PlistDict): PlistDict {
  const { scanSeconds } = parameters;
  const whereTo = optional(parameters, {
    destination: "DestinationName",
    deviceId: "DestinationDeviceID",
    password: "Password",
  });
  return { ...whereTo, ...(scanSeconds === undefined ? {} : { ScanTime: scanSeconds }) };
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
