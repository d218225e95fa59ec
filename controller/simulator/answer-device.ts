import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import type { PlistDict } from "./plist.ts";

/** What acts need of the device that is not in its state. */
export type Body = {
  /** Everything is gone, as out of the box. */
  erase(): void;
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
export function eraseDevice(command: PlistDict, body: Body): Answer {
  if (command.PIN !== undefined && !/^\d{6}$/.test(String(command.PIN)))
    return refused("MCMDMErrorDomain", 12059, "a Mac is erased with a PIN of six digits");
  return { ...acknowledged({}, "erases itself"), afterwards: async () => body.erase() };
}

/** RestartDevice: supervised devices only, and Macs. */
export function restartDevice(machine: Machine, body: Body): Answer {
  if (!isOurs(machine)) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
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

/** ClearPasscode: only with the unlock token that the device itself gave. */
export function clearPasscode(machine: Machine, command: PlistDict): Answer {
  const token = machine.state.enrollment?.unlockToken;
  if (token === undefined || !Buffer.isBuffer(command.UnlockToken) || !command.UnlockToken.equals(token))
    return refused("MCMDMErrorDomain", 12056, "the unlock token is not the device's");
  machine.state.hasPasscode = false;
  return acknowledged({}, "cleared the passcode");
}
