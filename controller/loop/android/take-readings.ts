import { type Blame, blame } from "../../android/blame.ts";
import type { JsonObject } from "../../android/json-object.ts";
import { type AndroidReading, readDevice } from "../../android/read-device.ts";
import { readSections } from "../../android/read-sections.ts";
import { ReadingError } from "../../android/reading-error.ts";
import { auditsAnswered } from "../../core/android-operations.ts";
import { applyApplied } from "../../core/applied-report.ts";
import type { Granted } from "../../core/granted.ts";
import type { AppliedItem } from "../../core/observed.ts";
import type { ChannelChange } from "../../core/ports.ts";
import type { Transition } from "../../core/transition.ts";
import { inSlices } from "../../slices.ts";
import { isSucceeded, putAndroidRecords } from "../../store/android-devices.ts";
import { findRenderings, type Rendering } from "../../store/android-policies.ts";
import type { Store } from "../../store/open.ts";
import { changeOf, isNothing } from "../channel-change.ts";
import { situationOf } from "../converse.ts";
import { letIn } from "./let-in.ts";
import { forgetPlaces } from "./lost-places.ts";
import { managementOf } from "./management-of.ts";
import type { AndroidPorts } from "./ports.ts";
import { renderingOfDevice } from "./render-groups.ts";

const mostTries = 8;
const nobody: ReadonlySet<string> = new Set();

/**
 * Takes in what Google says of these devices now; `list` is the number of the whole list that they are from. A device
 * that is new is enrolled. A record that cannot be read is kept from everything and said; the others count.
 */
export async function takeReadings(
  ports: AndroidPorts,
  values: readonly unknown[],
  list?: number,
): Promise<readonly AndroidReading[]> {
  const readings: { reading: AndroidReading; value: JsonObject }[] = [];
  for await (const value of inSlices(values)) {
    try {
      readings.push({ reading: readDevice(value), value: value as JsonObject });
    } catch (error) {
      if (!(error instanceof ReadingError)) throw error;
      ports.onError("read a device of Google's", error);
    }
  }
  const known = await renderingsOf(
    ports,
    readings.map((one) => one.reading),
  );
  // Google keeps the records of earlier enrollments of a device: they say nothing of it any more.
  const earlier = new Set(readings.flatMap(({ reading }) => reading.previousNames));
  const present = readings.filter(({ reading }) => !earlier.has(reading.name));
  const fresh = await Promise.all(present.map((one) => takeOne(ports, one, known)));
  await forgetPlaces(
    ports,
    present.map((one) => one.reading),
  );
  await putAndroidRecords(
    ports.store,
    readings.map(({ reading }) => ({
      channel: reading.name,
      policy: reading.policy,
      applied: reading.applied,
      state: reading.state,
      reportedAt: reading.reportedAt,
      readAt: ports.clock(),
      management: managementOf(reading, known.get(reading.name)),
    })),
    list,
  );
  if (fresh.includes(true)) ports.onChange();
  return readings.map((one) => one.reading);
}

async function renderingsOf(
  { store }: AndroidPorts,
  readings: readonly AndroidReading[],
): Promise<Map<string, Rendering>> {
  const versions = readings.flatMap(({ applied }) => (applied === undefined ? [] : [applied]));
  const distinct = new Map(versions.map((one) => [`${one.policy}@${one.version}`, one]));
  return new Map(await findRenderings(store, [...distinct.values()]));
}

/** True when the device may have another place in the policies now. */
async function takeOne(
  ports: AndroidPorts,
  { reading, value }: { readonly reading: AndroidReading; readonly value: JsonObject },
  renderings: Map<string, Rendering>,
): Promise<boolean> {
  const { store, clock } = ports;
  let enrolled = false;
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const row = await store.channels.read(reading.name);
    if (row?.status === "left" && (await isSucceeded(store, row))) return enrolled;
    if (row === undefined || row.status === "left") {
      if (!(await letIn(ports, reading))) return enrolled;
      enrolled = true;
      continue;
    }
    const now = clock();
    const situation = situationOf(row, nobody, 0);
    const rendering = await appliedRendering(ports, reading, renderings, row.granted?.body);
    const report = {
      observations: readSections(value),
      facts: reading.facts,
      applied: appliedBy(reading, rendering),
      reportedAt: reading.reportedAt,
    };
    const applied = applyApplied(situation, report, now);
    const answered = auditsAnswered(situation, reading.reportedAt);
    const transition = {
      ...applied,
      acts: [...applied.acts, ...answered.map(({ act }) => ({ act, status: "executed" as const }))],
    };
    const decision = { ...transition, command: undefined, dueAt: row.dueAt };
    if (isNothing(row, decision)) {
      noteSeen(store, row.id, reading, now);
      return enrolled;
    }
    const seenAt = Math.max(row.lastSeenAt, Math.min(now, reading.reportedAt ?? row.lastSeenAt));
    const change = { ...changeOf(row, decision, now), details: detailsOf(decision, now), seenAt };
    if ((await store.channels.write(change)).type === "written")
      return enrolled || change.facts !== undefined;
  }
  // Somebody else is at it, and reads the same record.
  return enrolled;
}

function noteSeen({ channels }: Store, id: string, { reportedAt }: AndroidReading, now: number): void {
  if (reportedAt !== undefined) channels.seen(id, Math.min(now, reportedAt));
}

/** What was reported counts from when the device reported it, whenever it is read. */
function detailsOf({ observations, state }: Transition, now: number): NonNullable<ChannelChange["details"]> {
  return observations.map(({ section, detail }) => ({
    section,
    detail,
    at: Math.min(state.collected[section] ?? now, now),
  }));
}

function verdictOf({ verdict }: Blame): NonNullable<AppliedItem["fault"]>["verdict"] {
  return verdict === "pending" || verdict === "user" ? "waiting" : verdict;
}

/**
 * The policy and version that a device has applied; undefined for one that reeve did not write. Several granted states
 * may come to the same policy: where it is the one that is granted to the device, it has those items.
 */
async function appliedRendering(
  ports: AndroidPorts,
  { name, applied }: AndroidReading,
  renderings: Map<string, Rendering>,
  granted: Granted | undefined,
): Promise<Rendering | undefined> {
  const written = applied && renderings.get(`${applied.policy}@${applied.version}`);
  if (written === undefined) return undefined;
  const own = await renderingOfDevice(ports, name, granted);
  const rendering = own?.hash === written.hash ? own : written;
  // What people are shown of the device goes by it too.
  renderings.set(name, rendering);
  return rendering;
}

/** What a device has, by the policy that it has applied. */
function appliedBy(
  { details }: AndroidReading,
  rendering: Rendering | undefined,
): Readonly<Record<string, AppliedItem>> | undefined {
  if (rendering === undefined) return undefined;
  const faults = new Map(blame(details, rendering).items.map((one) => [one.item, one]));
  return Object.fromEntries(
    Object.entries(rendering.items).map(([key, item]): [string, AppliedItem] => {
      const fault = faults.get(key);
      if (fault === undefined) return [key, item];
      return [key, { ...item, fault: { verdict: verdictOf(fault), text: fault.reason } }];
    }),
  );
}
