import type { Cloud } from "../cloud.ts";
import { tellApplied, tellUsage } from "../google/device-channel.ts";
import type { Command } from "../kept.ts";
import { type Machine, type Management, note } from "./machine.ts";

/** Puts the device into Lost Mode: it shows what its finder is to know and tells where it is. */
export function startLostMode(
  cloud: Cloud,
  machine: Machine,
  command: Command,
  management: Management,
): Command {
  const status = refusedBecause(cloud, machine, management);
  if (status !== undefined) return { startLostModeStatus: { status } };
  const { lostMessage, lostPhoneNumber, lostStreetAddress, lostEmailAddress } =
    command.startLostModeParams ?? {};
  note(cloud, machine, { type: "lost-mode", on: true, by: "command" });
  for (const text of [
    lostMessage?.defaultMessage,
    lostPhoneNumber?.defaultMessage,
    lostStreetAddress?.defaultMessage,
    lostEmailAddress,
  ])
    if (text) note(cloud, machine, { type: "message", text });
  setState(cloud, management, "LOST");
  cloud.timers.at("locate", machine.serial, cloud.now());
  return { startLostModeStatus: { status: "SUCCESS" } };
}

function refusedBecause(cloud: Cloud, machine: Machine, { state }: Management): string | undefined {
  const { lostModeAfterResetMs, lostModeAfterExitMs } = cloud.knobs;
  const since = (at: number | undefined) => (at === undefined ? Number.POSITIVE_INFINITY : cloud.now() - at);
  if (state === "LOST") return "ALREADY_IN_LOST_MODE";
  if (since(machine.passwordResetAt) < lostModeAfterResetMs) return "RESET_PASSWORD_RECENTLY";
  return since(machine.leftLostModeAt) < lostModeAfterExitMs ? "USER_EXIT_LOST_MODE_RECENTLY" : undefined;
}

export function stopLostMode(cloud: Cloud, machine: Machine, _: Command, management: Management): Command {
  if (management.state !== "LOST") return { stopLostModeStatus: { status: "NOT_IN_LOST_MODE" } };
  endLostMode(cloud, machine, management, "command");
  return { stopLostModeStatus: { status: "SUCCESS" } };
}

/** The device is found, as a command or its person said. */
export function endLostMode(
  cloud: Cloud,
  machine: Machine,
  management: Management,
  by: "command" | "user",
): void {
  note(cloud, machine, { type: "lost-mode", on: false, by });
  cloud.timers.cancel("locate", machine.serial);
  setState(cloud, management, "ACTIVE");
  if (by === "command") return;
  machine.leftLostModeAt = cloud.now();
  const stopLostModeUserAttemptEvent = { status: "ATTEMPT_SUCCEEDED" };
  const eventType = "STOP_LOST_MODE_USER_ATTEMPT";
  tellUsage(cloud, management.name, { ...event(cloud), eventType, stopLostModeUserAttemptEvent });
}

/** Tells where a lost device is, and plans the next time. */
export function locate(cloud: Cloud, machine: Machine): void {
  const { management } = machine;
  if (management?.state !== "LOST") return;
  const lostModeLocationEvent = { location: { latitude: 47.37, longitude: 8.54 }, batteryLevel: 62 };
  if (machine.online)
    tellUsage(cloud, management.name, {
      ...event(cloud),
      eventType: "LOST_MODE_LOCATION",
      lostModeLocationEvent,
    });
  cloud.timers.at("locate", machine.serial, cloud.now() + cloud.knobs.lostModeLocationMs);
}

function event(cloud: Cloud): { eventId: string; eventTime: string } {
  return { eventId: String(cloud.now()), eventTime: new Date(cloud.now()).toISOString() };
}

function setState(cloud: Cloud, management: Management, state: string): void {
  management.state = state;
  tellApplied(cloud, management.name, { state, appliedState: state });
}
