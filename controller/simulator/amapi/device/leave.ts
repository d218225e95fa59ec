import type { Cloud } from "../cloud.ts";
import { leftSilently, tellGone } from "../google/device-channel.ts";
import type { Ending } from "./ledger.ts";
import { type Machine, note } from "./machine.ts";

const TIMERS = ["contact", "report", "apps", "enforce", "locate", "check-in", "update"];

export type Leaving = {
  readonly by: Ending;
  readonly flags?: readonly string[];
  /** Shown to the person of a personally-owned device. */
  readonly message?: string;
};

/**
 * The management of a device ends: a fully managed device and a company's loses everything, a personal one and one
 * that is relinquished lose their work profile. Google hears of it unless a person did it.
 */
export function leave(cloud: Cloud, machine: Machine, { by, flags: given = [], message }: Leaving): void {
  const { management } = machine;
  if (management === undefined) return;
  // The policy adds its own flags to every wipe that the management does, but for `devices.delete`.
  const own = by === "command" || by === "enforcement" ? (management.applied?.body.wipeDataFlags ?? []) : [];
  const flags = [...new Set([...given, ...own])];
  for (const kind of TIMERS) cloud.timers.cancel(kind, machine.serial);
  const isWhole = management.ownership === "COMPANY_OWNED" && by !== "relinquish";
  if (message && !isWhole) note(cloud, machine, { type: "message", text: message });
  note(cloud, machine, isWhole ? { type: "wiped", by, flags } : { type: "work-profile-removed", by });
  delete machine.management;
  machine.apps = new Map();
  if (isWhole) {
    delete machine.password;
    if (flags.includes("WIPE_ESIMS")) machine.esims = [];
  }
  if (by === "failed-enrollment") return;
  if (isTold(cloud, machine, by)) tellGone(cloud, management.name);
  else leftSilently(cloud, management.name);
}

/** A device that is offline cannot tell, and after that it knows nobody to tell. */
function isTold({ knobs }: Cloud, { online }: Machine, by: Ending): boolean {
  if (!online) return false;
  if (by === "enforcement") return knobs.enforcementWipeIsTold;
  return by === "wrong-passwords" ? knobs.passwordWipeIsTold : by !== "user";
}
