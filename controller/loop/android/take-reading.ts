import { type Blame, blame } from "../../android/blame.ts";
import type { JsonObject } from "../../android/json-object.ts";
import type { AndroidReading } from "../../android/read-device.ts";
import { readSections } from "../../android/read-sections.ts";
import { auditsAnswered } from "../../core/android-operations.ts";
import { applyApplied } from "../../core/applied-report.ts";
import type { Granted } from "../../core/granted.ts";
import type { AppliedItem } from "../../core/observed.ts";
import type { ChannelChange, ChannelRow } from "../../core/ports.ts";
import type { Situation } from "../../core/situation.ts";
import type { Transition } from "../../core/transition.ts";
import { isSucceeded } from "../../store/android-devices.ts";
import type { Rendering } from "../../store/android-policies.ts";
import type { Store } from "../../store/open.ts";
import { changeOf, isNothing } from "../channel-change.ts";
import { androidSituation } from "./android-situation.ts";
import { letIn } from "./let-in.ts";
import type { AndroidPorts } from "./ports.ts";
import { renderingOfDevice } from "./render-groups.ts";

const mostTries = 8;

/** A record of Google's, and what it says. */
export interface ReadRecord {
  readonly reading: AndroidReading;
  readonly value: JsonObject;
}

/** What came of a record. */
export interface TakenRecord {
  /** The device may have another place in the policies now. */
  readonly isNews: boolean;
  /** The policy that it has applied, by which its items are known; undefined for one that reeve did not write. */
  readonly rendering: Rendering | undefined;
}

/**
 * Takes in what Google says of one device. One that is new is enrolled. `written` is what reeve wrote under the policy
 * and version that it has applied.
 */
export async function takeReading(
  ports: AndroidPorts,
  { reading, value }: ReadRecord,
  written: Rendering | undefined,
): Promise<TakenRecord> {
  const { store, clock } = ports;
  let isNews = false;
  let rendering: Rendering | undefined;
  // When every attempt is lost, somebody else is at it, and reads the same record.
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const row = await store.channels.read(reading.name);
    if (row === undefined || row.status === "left") {
      if (row !== undefined && (await staysAway(store, row, reading))) break;
      if (!(await letIn(ports, reading))) break;
      isNews = true;
      continue;
    }
    const now = clock();
    rendering = await appliedRendering(ports, reading, written, row.granted?.body);
    const transition = transitionBy(androidSituation(row), { reading, value }, rendering, now);
    const decision = { ...transition, command: undefined, dueAt: row.dueAt };
    if (isNothing(row, decision)) {
      noteSeen(store, row.id, reading, now);
      break;
    }
    const seenAt = Math.max(row.lastSeenAt, Math.min(now, reading.reportedAt ?? row.lastSeenAt));
    const change = { ...changeOf(row, decision, now), details: detailsOf(decision, now), seenAt };
    if ((await store.channels.write(change)).type !== "written") continue;
    isNews ||= change.facts !== undefined;
    break;
  }
  return { isNews, rendering };
}

/** A record that stays in Google's list brings nobody back who has left: a device that is managed reports. */
async function staysAway(
  store: Store,
  row: ChannelRow,
  { reportedAt = 0 }: AndroidReading,
): Promise<boolean> {
  return reportedAt <= row.lastSeenAt || (await isSucceeded(store, row));
}

function transitionBy(
  situation: Situation,
  { reading, value }: ReadRecord,
  rendering: Rendering | undefined,
  now: number,
): Transition {
  const { facts, reportedAt } = reading;
  const report = {
    observations: readSections(value),
    facts,
    applied: appliedBy(reading, rendering),
    reportedAt,
  };
  const applied = applyApplied(situation, report, now);
  const answered = auditsAnswered(situation, reportedAt);
  const told = { type: "act.executed", at: now, message: "audit" };
  return {
    ...applied,
    acts: [...applied.acts, ...answered.map(({ act }) => ({ act, status: "executed" as const }))],
    events: [...applied.events, ...answered.map(({ act }) => ({ ...told, subject: act }))],
  };
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

/**
 * Several granted states may come to the same policy: where it is the one that is granted to the device, it has those
 * items.
 */
async function appliedRendering(
  ports: AndroidPorts,
  { name }: AndroidReading,
  written: Rendering | undefined,
  granted: Granted | undefined,
): Promise<Rendering | undefined> {
  if (written === undefined) return undefined;
  const own = await renderingOfDevice(ports, name, granted);
  return own?.hash === written.hash ? own : written;
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

function verdictOf({ verdict }: Blame): NonNullable<AppliedItem["fault"]>["verdict"] {
  return verdict === "pending" || verdict === "user" ? "waiting" : verdict;
}
