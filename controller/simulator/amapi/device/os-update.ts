import type { Cloud } from "../cloud.ts";
import { type Machine, note } from "./machine.ts";
import { planReport } from "./plan-report.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
/** The longest that a policy can postpone an update. */
const POSTPONED_MS = 30 * DAY;

/** Plans when an update that is offered is installed, as the applied policy has it; without one its person decides. */
export function reviseUpdate(cloud: Cloud, machine: Machine): void {
  const { offered, management } = machine;
  if (offered === undefined) return;
  const isOurs = management !== undefined && management.mode !== "work-profile";
  const wish = isOurs ? management.applied?.body.systemUpdate : undefined;
  const at = installAt(cloud, offered.since, wish ?? {});
  if (at === undefined) cloud.timers.cancel("update", machine.serial);
  else cloud.timers.at("update", machine.serial, at);
}

type Wish = { readonly type?: string | null; readonly startMinutes?: number | null };

function installAt(cloud: Cloud, since: number, { type, startMinutes }: Wish): number | undefined {
  const now = cloud.now();
  if (type === "AUTOMATIC") return now + cloud.knobs.installMs;
  if (type === "POSTPONE") return Math.max(now, since + POSTPONED_MS);
  if (type !== "WINDOWED") return undefined;
  // The clock of the device is UTC.
  const today = now - (now % DAY) + Number(startMinutes ?? 0) * MINUTE;
  return today > now ? today : today + DAY;
}

/** The offered version runs after a restart. False without an offer. */
export function installUpdate(cloud: Cloud, machine: Machine): boolean {
  const { offered } = machine;
  if (offered === undefined) return false;
  delete machine.offered;
  machine.android = offered.android;
  machine.bootedAt = cloud.now();
  cloud.timers.cancel("update", machine.serial);
  note(cloud, machine, { type: "os-updated", android: offered.android });
  planReport(cloud, machine);
  return true;
}
