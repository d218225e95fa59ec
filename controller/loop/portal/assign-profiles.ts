import type { EnrollmentService } from "../../apple/portal/session.ts";
import {
  type Assigned,
  type AssignOutcome,
  assignProfile,
  defineProfile,
  mostAssigned,
} from "../../apple/portal/setup-profiles.ts";
import type { Clock } from "../../core/ports.ts";
import {
  type AssignmentNote,
  type EnrollmentDeviceRow,
  noteAssignments,
} from "../../store/enrollment-devices.ts";
import { forgetDefined, noteDefined } from "../../store/enrollment-profiles.ts";
import { appendEvents } from "../../store/events.ts";
import type { Store } from "../../store/open.ts";
import type { Standing, WantedProfile } from "./standing.ts";

interface Ports {
  readonly store: Store;
  readonly clock: Clock;
  readonly service: EnrollmentService;
  readonly server: string;
}

/**
 * Defines the profiles that are not defined yet and assigns them to the devices that do not have them. A device that
 * Apple did not take waits for its time, unless there is something new to give it.
 */
export async function assignProfiles(ports: Ports, standing: Standing): Promise<void> {
  for (const wanted of standing.wanted) {
    const due = wanted.missing.filter((one) => wanted.uuid === undefined || isDue(one, ports.clock()));
    if (due.length === 0) continue;
    const uuid = wanted.uuid ?? (await define(ports, wanted));
    for (let start = 0; start < due.length; start += mostAssigned)
      if (!(await assign(ports, wanted, uuid, due.slice(start, start + mostAssigned)))) break;
  }
}

function isDue({ retryAt }: EnrollmentDeviceRow, now: number): boolean {
  return retryAt === null || retryAt <= now;
}

async function define({ store, clock, service, server }: Ports, wanted: WantedProfile): Promise<string> {
  const { digest, manifest, profile } = wanted;
  const uuid = await defineProfile(service, profile);
  await noteDefined(store, server, { digest, uuid, manifest, at: clock() });
  const message = `AutomatedEnrollment/${manifest} was defined at ${server}`;
  await appendEvents(store, [{ type: "enrollment-profile.defined", at: clock(), message }]);
  return uuid;
}

/** False when Apple does not know the profile: it is defined anew in the next round. */
async function assign(
  { store, clock, service, server }: Ports,
  { manifest }: WantedProfile,
  uuid: string,
  devices: readonly EnrollmentDeviceRow[],
): Promise<boolean> {
  const assigned = await assignProfile(
    service,
    uuid,
    devices.map((one) => one.serial),
  );
  if (assigned === "unknown") {
    await forgetDefined(store, server, uuid);
    return false;
  }
  const attempts = new Map(devices.map((one) => [one.serial, one.attempts]));
  const notes = [...assigned.outcomes].map(([serial, outcome]): AssignmentNote => {
    const wait = waitMs(outcome, attempts.get(serial) ?? 0, assigned);
    return { serial, outcome, retryAt: wait === undefined ? null : clock() + wait };
  });
  await noteAssignments(store, server, uuid, notes);
  const message = `AutomatedEnrollment/${manifest} at ${server}: ${countedOutcomes(notes)}`;
  await appendEvents(store, [{ type: "enrollment-profile.assigned", at: clock(), message }]);
  return true;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** How long Apple is left alone with a device. What is not ours to touch is looked at once a day. */
function waitMs(outcome: AssignOutcome, attempts: number, { retryAfterMs }: Assigned): number | undefined {
  if (outcome === "SUCCESS") return undefined;
  if (outcome === "NOT_ACCESSIBLE") return dayMs;
  const longer = Math.min(dayMs, hourMs * 2 ** Math.min(attempts, 6));
  return outcome === "THROTTLED" ? (retryAfterMs ?? longer) : longer;
}

const words: Readonly<Record<string, string>> = {
  SUCCESS: "assigned",
  NOT_ACCESSIBLE: "not accessible",
  FAILED: "failed",
  THROTTLED: "throttled",
};

function countedOutcomes(notes: readonly AssignmentNote[]): string {
  const groups = Map.groupBy(notes, (one) => one.outcome);
  return [...groups].map(([outcome, list]) => `${list.length} ${words[outcome] ?? outcome}`).join(", ");
}
