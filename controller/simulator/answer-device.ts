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
  const result = machine.state.hasPasscode ? "Success" : "NoPasscodeSet";
  return acknowledged(shown ? { MessageResult: result } : {}, "locked");
}

/** EraseDevice: answered first, then everything is gone. */
export function eraseDevice(body: Body): Answer {
  return { ...acknowledged({}, "erases itself"), afterwards: async () => body.erase() };
}

/** RestartDevice: supervised devices only, and Macs. */
export function restartDevice(machine: Machine, body: Body): Answer {
  if (!machine.supervised) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  return { ...acknowledged({}, "restarts"), afterwards: async () => body.powerOff(30_000) };
}

/** ShutDownDevice: off until somebody presses the button. */
export function shutDownDevice(machine: Machine, body: Body): Answer {
  if (!machine.supervised) return refused("MCMDMErrorDomain", 12064, "the device is not supervised");
  return { ...acknowledged({}, "shuts down"), afterwards: async () => body.powerOff() };
}

/** ClearPasscode: only with the unlock token that the device itself gave. */
export function clearPasscode(machine: Machine, command: PlistDict): Answer {
  const token = machine.state.enrollment?.unlockToken;
  if (token === undefined || !Buffer.isBuffer(command.UnlockToken) || !command.UnlockToken.equals(token))
    return refused("MCMDMErrorDomain", 12056, "the unlock token is not the device's");
  machine.state.hasPasscode = false;
  return acknowledged({}, "cleared the passcode");
}
