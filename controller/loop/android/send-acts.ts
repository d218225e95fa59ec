import type { AndroidReading } from "../../android/read-device.ts";
import type { OperationReading } from "../../android/read-operation.ts";
import type { ActTarget } from "../../core/act.ts";
import { actCandidate, ranks } from "../../core/act-candidates.ts";
import {
  actRefused,
  actsDue,
  isBusy,
  operationEnded,
  operationPutOff,
  operationTaken,
  startOperation,
} from "../../core/android-operations.ts";
import { sendsNoActs } from "../../core/situation.ts";
import { Retry, Stalled } from "../../errors.ts";
import { changeOf } from "../channel-change.ts";
import { noteRefusal } from "../gate-refusal.ts";
import { actCommand, isReachable, type PreparedCommand } from "./act-command.ts";
import { androidSituation } from "./android-situation.ts";
import type { AndroidPorts } from "./ports.ts";
import { takeReadings } from "./take-readings.ts";
import { withdrawnActs } from "./withdrawn.ts";
import { writeTransition } from "./write-transition.ts";

/** What this process remembers of acts that the gate refused: when each is tried again. */
export type Refusals = Map<string, number>;

/** `gone`: Google has the device no more. `stopped`: no other call would do better now. */
export type Sending = "idle" | "sent" | "gone" | "stopped";

const refusedMs = 10 * 60_000;
/** A command that waited longer for the quota does not leave any more: by then nobody looks for it (follow-acts.ts). */
export const mostDelayMs = 5 * 60_000;

/** Gives a device the commands of its acts that are due, each by a call that the ledger has before it leaves. */
export async function sendActs(ports: AndroidPorts, channel: string, refusals: Refusals): Promise<Sending> {
  const { store, clock, google } = ports;
  const first = await store.channels.read(channel);
  if (first?.status !== "enrolled") return "idle";
  const isTried = ({ act }: ActTarget): boolean => (refusals.get(`${channel} ${act}`) ?? 0) <= clock();
  const open = actsDue(androidSituation(first), clock()).filter(isTried);
  // One that was put off may have been withdrawn meanwhile.
  const withdrawn = await withdrawnActs(
    ports,
    open.map(({ act }) => act),
  );
  const due = open.filter(({ act }) => !withdrawn.has(act));
  if (due.length === 0) return "idle";
  const value = await google.getDevice(channel);
  if (value === undefined) return "gone";
  const [reading] = await takeReadings(ports, [value]);
  if (reading?.name !== channel || !isReachable(reading)) return "idle";
  let sending: Sending = "idle";
  for (const { act } of due) {
    const outcome = await sendOne(ports, channel, act, reading, refusals);
    if (outcome === "gone" || outcome === "stopped") return outcome;
    if (outcome === "sent") sending = "sent";
  }
  return sending;
}

const mostTries = 8;

async function sendOne(
  ports: AndroidPorts,
  channel: string,
  id: string,
  reading: AndroidReading,
  refusals: Refusals,
): Promise<Sending> {
  const { store, clock } = ports;
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const row = await store.channels.read(channel);
    if (row?.status !== "enrolled") return "idle";
    const now = clock();
    const situation = androidSituation(row);
    const act = actsDue(situation, now).find((one) => one.act === id);
    if (act === undefined) return "idle";
    const prepared = await prepare(ports, row, act, reading);
    if (prepared instanceof Stalled) {
      await writeTransition(ports, channel, (current) => {
        const due = actsDue(current, now).find((one) => one.act === id);
        return due && actRefused(current, due, prepared.message, now);
      });
      ports.onChange();
      return "sent";
    }
    if (isBusy(situation.state, prepared.type)) return "idle";
    const decision = startOperation(situation, act, prepared.type, now);
    const written = await store.channels.write({
      ...changeOf(row, { ...decision, dueAt: row.dueAt }, now),
      seenAt: row.lastSeenAt,
    });
    if (written.type === "refused") {
      refusals.set(`${channel} ${id}`, now + refusedMs);
      await noteRefusal(store, row, id, written.reason, now);
      return "idle";
    }
    if (written.type === "written") return issue(ports, channel, act, prepared, now);
  }
  return "idle";
}

async function prepare(...[ports, row, act, reading]: Parameters<typeof actCommand>) {
  try {
    return await actCommand(ports, row, act, reading);
  } catch (error) {
    if (error instanceof Stalled) return error;
    throw error;
  }
}

const quotaMs = 60_000;

async function issue(
  ports: AndroidPorts,
  channel: string,
  act: ActTarget,
  { body, secrets }: PreparedCommand,
  at: number,
): Promise<Sending> {
  const id = act.act;
  const urgency = actCandidate(act).rank === ranks.urgent ? "lock" : "command";
  const how = { urgency, secrets, mayLeave: () => mayLeave(ports, channel, id, at) } as const;
  let taken: OperationReading;
  try {
    taken = await ports.operations.issue(channel, body, how);
  } catch (error) {
    return notIssued(ports, channel, id, error);
  }
  // Outside of that: when this cannot be written the command has left all the same, and is looked up.
  await writeTransition(ports, channel, (situation) => operationTaken(situation, id, taken));
  return "sent";
}

async function notIssued(ports: AndroidPorts, channel: string, id: string, error: unknown): Promise<Sending> {
  // Nobody knows: it is looked up, and not sent again.
  if (error instanceof Retry && error.code === "google-unanswered") return "sent";
  if (error instanceof Stalled) {
    const text = `Google says: ${error.message}`;
    if (error.code === "google-gone") return "gone";
    await writeTransition(ports, channel, (situation, now) =>
      operationEnded(situation, id, { type: "failed", text }, now),
    );
    ports.onChange();
    return "sent";
  }
  // All others say that nothing was done.
  const wait = error instanceof Retry ? (error.afterMs ?? quotaMs) : quotaMs;
  await writeTransition(ports, channel, (situation, now) => operationPutOff(situation, id, now + wait, now));
  if (error instanceof Retry) return error.code === "google-quota" ? "stopped" : "idle";
  throw error;
}

/** False when persons stopped it, or its time went by, while the call waited for the quota. */
async function mayLeave(ports: AndroidPorts, channel: string, act: string, at: number): Promise<boolean> {
  if (ports.clock() - at > mostDelayMs || ports.isHalted()) return false;
  const row = await ports.store.channels.read(channel);
  if (row?.status !== "enrolled") return false;
  // Without the act itself: one that ends the enrollment is on its way, and stops all others.
  const situation = { ...androidSituation(row), acts: [] };
  if (situation.halted || sendsNoActs(situation)) return false;
  return !(await withdrawnActs(ports, [act])).has(act);
}
