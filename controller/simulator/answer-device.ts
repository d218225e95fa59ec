import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import { isDict, type PlistDict } from "./plist.ts";
import { newBypassCode } from "./secrets.ts";

/** What acts need of the device that is not in its state. */
export type Body = {
  /** Everything is gone, as out of the box. */
  erase(): void;
  /** Enrolls with a profile once it has started again. */
  comeBack(profile: Buffer): void;
  /** Off, and on again after `ms` when that is given. */
  powerOff(forMs?: number): void;
};

/** DeviceLock. A Mac needs a PIN of six digits. */
export function lockDevice(machine: Machine, command: PlistDict): Answer {
  const { Message, PhoneNumber, PIN } = command;
  if (machine.hardware.platform === "macos" && !/^\d{6}$/.test(String(PIN ?? "")))
    return refused("MCMDMErrorDomain", 12059, "a Mac is locked with a PIN of six digits");
  machine.state.lock = {
    ...(typeof Message === "string" ? { message: Message } : {}),
    ...(typeof PhoneNumber === "string" ? { phoneNumber: PhoneNumber } : {}),
    ...(typeof PIN === "string" ? { pin: PIN } : {}),
  };
  const shown = Message !== undefined || PhoneNumber !== undefined;
  const plain = machine.state.hasPasscode ? "Success" : "NoPasscodeSet";
  const result = machine.state.lost === undefined ? plain : "DeviceInLostMode";
  return acknowledged(shown ? { MessageResult: result } : {}, "locked");
}

/** EraseDevice: answered first, then everything is gone. A PIN, where there is one, has six digits. */
export function eraseDevice(machine: Machine, command: PlistDict, body: Body): Answer {
  if (machine.hardware.intel && command.PIN === undefined)
    return refused("MCMDMErrorDomain", 12059, "a Mac with an Intel processor is erased with a PIN");
  if (command.PIN !== undefined && !/^\d{6}$/.test(String(command.PIN)))
    return refused("MCMDMErrorDomain", 12059, "a Mac is erased with a PIN of six digits");
  const back = isDict(command.ReturnToService) ? command.ReturnToService : undefined;
  const profile = back?.Enabled === true ? back.MDMProfileData : undefined;
  if (back !== undefined && !Buffer.isBuffer(profile))
    return refused("MCMDMErrorDomain", 12059, "without Automated Device Enrollment it needs MDMProfileData");
  const afterwards = async () => {
    body.erase();
    if (Buffer.isBuffer(profile)) body.comeBack(profile);
  };
  const erases = { ...acknowledged({}, "erases itself"), afterwards };
  if (machine.hardware.platform !== "macos" || machine.erases) return erases;
  const chain = refused("MCMDMErrorDomain", 12010, "the device cannot erase all content and settings");
  if (command.ObliterationBehavior === "DoNotObliterate") return chain;
  const isToldSo = command.ObliterationBehavior !== "Default" && command.ObliterationBehavior !== undefined;
  return isToldSo ? erases : { ...chain, effect: "obliterates itself", afterwards: async () => body.erase() };
}

/** RestartDevice: supervised devices only, and Macs, which can ask their user first. */
export function restartDevice(machine: Machine, body: Body, command: PlistDict): Answer {
  if (!isOurs(machine)) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  if (command.KextPaths !== undefined && command.RebuildKernelCache !== true)
    return refused("MCMDMErrorDomain", 12064, "KextPaths needs RebuildKernelCache");
  if (command.NotifyUser === true) return acknowledged({}, "asks to restart");
  return { ...acknowledged({}, "restarts"), afterwards: async () => body.powerOff(30_000) };
}

/** ShutDownDevice: off until somebody presses the button. */
export function shutDownDevice(machine: Machine, body: Body): Answer {
  if (!isOurs(machine)) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  return { ...acknowledged({}, "shuts down"), afterwards: async () => body.powerOff() };
}

/** Macs restart and shut down for whoever manages them. */
function isOurs({ supervised, hardware }: Machine): boolean {
  return supervised || hardware.platform === "macos";
}

/** ActivationLockBypassCode: supervised devices, until it is cleared. */
export function bypassCode({ supervised, state: { secrets }, random }: Machine): Answer {
  if (!supervised) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  if (secrets.bypassCleared)
    return refused("MCMDMErrorDomain", 12065, "the bypass code is not available any more");
  secrets.bypassCode ??= newBypassCode(random);
  return acknowledged({ ActivationLockBypassCode: secrets.bypassCode });
}

/** ClearActivationLockBypassCode. */
export function clearBypassCode(machine: Machine): Answer {
  if (!machine.supervised) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  machine.state.secrets.bypassCode = undefined;
  machine.state.secrets.bypassCleared = true;
  return acknowledged({}, "forgot the bypass code");
}

/** ClearRestrictionsPassword. */
export function clearRestrictionsPassword(machine: Machine): Answer {
  if (!machine.supervised) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  machine.state.secrets.restrictionsPassword = undefined;
  return acknowledged({}, "cleared the Screen Time passcode");
}

/** EnableRemoteDesktop and DisableRemoteDesktop: supervised Macs. */
export function remoteDesktop(machine: Machine, on: boolean): Answer {
  if (!machine.supervised) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  machine.state.remoteDesktop = on;
  return acknowledged({}, on ? "remote desktop on" : "remote desktop off");
}

/** RequestMirroring: the user is asked, and nobody waits for the answer. */
export function requestMirroring(): Answer {
  return acknowledged({ MirroringResult: "Prompting" }, "asks to mirror");
}

/** ClearPasscode: only with the unlock token that the device itself gave. */
export function clearPasscode(machine: Machine, command: PlistDict): Answer {
  const token = machine.state.enrollment?.unlockToken;
  if (token === undefined || !Buffer.isBuffer(command.UnlockToken) || !command.UnlockToken.equals(token))
    return refused("MCMDMErrorDomain", 12056, "the unlock token is not the device's");
  machine.state.hasPasscode = false;
  return acknowledged({}, "cleared the passcode");
}
