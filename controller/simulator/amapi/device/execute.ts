import { createHash } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { tellExecuted } from "../google/device-channel.ts";
import type { Command } from "../kept.ts";
import { limitOf } from "./command-limits.ts";
import { addEsim, clearAppData, giveDeviceInfo, removeEsim } from "./execute-asked.ts";
import { leave } from "./leave.ts";
import { startLostMode, stopLostMode } from "./lost-mode.ts";
import { apiLevel, type Machine, type Management, note } from "./machine.ts";

type Execute = (cloud: Cloud, machine: Machine, command: Command, management: Management) => Command;

const EXECUTE: Readonly<Record<string, Execute>> = {
  LOCK: lock,
  RESET_PASSWORD: resetPassword,
  REBOOT: reboot,
  CLEAR_APP_DATA: clearAppData,
  START_LOST_MODE: startLostMode,
  STOP_LOST_MODE: stopLostMode,
  ADD_ESIM: addEsim,
  REMOVE_ESIM: removeEsim,
  REQUEST_DEVICE_INFO: giveDeviceInfo,
};

/** Carries a command out, or not, and tells Google how it ended. */
export function execute(cloud: Cloud, machine: Machine, operation: string, command: Command): void {
  const { management } = machine;
  const type = String(command.type);
  if (management === undefined) return;
  const forced = machine.outcomes.get(type)?.shift();
  const refused = forced ?? refusal(cloud, machine, type, management);
  const outcome = refused ?? EXECUTE[type]?.(cloud, machine, command, management) ?? {};
  note(cloud, machine, { type: "command", command: type, outcome: outcome.errorCode ?? "executed" });
  tellExecuted(cloud, operation, outcome);
  if (refused === undefined) leaveBy(cloud, machine, type, command);
}

/** What ends the management is said to be done before it is, or it could not be said any more. */
function leaveBy(cloud: Cloud, machine: Machine, type: string, { wipeParams }: Command): void {
  if (type === "RELINQUISH_OWNERSHIP") leave(cloud, machine, { by: "relinquish" });
  if (type !== "WIPE") return;
  const flags = (wipeParams?.wipeDataFlags ?? []) as readonly string[];
  leave(cloud, machine, { by: "command", flags, message: wipeParams?.wipeReason?.defaultMessage ?? "" });
}

/** Where the device does not know the command. In quirks mode some are said to be done that were not. */
function refusal(cloud: Cloud, machine: Machine, type: string, { mode }: Management): Command | undefined {
  const errorCode = limitOf(type, mode, apiLevel(machine.android));
  if (errorCode === undefined) return undefined;
  const { mode: honesty, falselySuccessful } = cloud.knobs;
  const isLie = honesty === "quirks" && errorCode === "MANAGEMENT_MODE" && falselySuccessful.includes(type);
  return isLie ? {} : { errorCode };
}

/** A work profile has a lock of its own; on the older company-owned ones the whole device is locked. */
function scopeOf({ android }: Machine, { mode }: Management): "device" | "work-profile" {
  if (mode === "fully-managed") return "device";
  return mode === "company-work-profile" && android <= 10 ? "device" : "work-profile";
}

function lock(cloud: Cloud, machine: Machine, _: Command, management: Management): Command {
  note(cloud, machine, { type: "locked", scope: scopeOf(machine, management) });
  return {};
}

function resetPassword(cloud: Cloud, machine: Machine, command: Command, management: Management): Command {
  const password = command.newPassword ?? "";
  const numeric = /^\d*$/.test(password);
  const isTooShort = machine.android >= 14 && numeric && password !== "" && password.length < 6;
  if (isTooShort) return { errorCode: "INVALID_VALUE" };
  const scope = management.mode === "fully-managed" ? "device" : "work-profile";
  if (password === "") delete machine.password;
  else machine.password = passwordOf(password);
  machine.passwordResetAt = cloud.now();
  note(cloud, machine, { type: "password-reset", scope, cleared: password === "" });
  if (command.resetPasswordFlags?.includes("LOCK_NOW")) note(cloud, machine, { type: "locked", scope });
  return {};
}

/** What a device keeps of a password. */
export function passwordOf(password: string): NonNullable<Machine["password"]> {
  const digest = createHash("sha256").update(password).digest("hex");
  return { digest, length: password.length, numeric: /^\d*$/.test(password) };
}

function reboot(cloud: Cloud, machine: Machine): Command {
  machine.bootedAt = cloud.now();
  note(cloud, machine, { type: "rebooted" });
  return {};
}
