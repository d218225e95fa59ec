import type { OperationReading } from "../../android/read-operation.ts";
import { type Ended, operationEnded, operationTaken } from "../../core/android-operations.ts";
import type { ChannelState, OpenOperation } from "../../core/channel.ts";
import type { AndroidPorts } from "./ports.ts";
import { mostDelayMs } from "./send-acts.ts";
import { withdrawnActs } from "./withdrawn.ts";
import { writeTransition } from "./write-transition.ts";

/** What this process remembers of open operations: when each was asked for, and which were cancelled. */
export interface Following {
  readonly asked: Map<string, number>;
  readonly cancelled: Set<string>;
}

const second = 1_000;
const minute = 60 * second;

/** True when an operation is to be asked for again: often at first, and more and more seldom. */
function isDue(open: OpenOperation, { asked }: Following, now: number): boolean {
  const last = asked.get(open.command);
  if (last === undefined || last > now) return true;
  return now - last >= Math.min(15 * minute, Math.max(2 * second, (now - open.at) / 4));
}

/** `gone`: Google has the device no more. `open`: a command was given so lately that its end may be near. */
export type Followed = "gone" | "open" | "idle";

/** Asks what has become of the commands that a device was given. */
export async function followActs(
  ports: AndroidPorts,
  channel: string,
  following: Following,
): Promise<Followed> {
  const { store, clock } = ports;
  const state = (await store.channels.read(channel))?.state;
  const open = Object.entries(state?.operations ?? {}).filter(([, one]) => one.ended !== true);
  if (state === undefined || open.length === 0) return "idle";
  await cancelWithdrawn(ports, open, following);
  for (const [act, one] of open) {
    if (!isDue(one, following, clock())) continue;
    following.asked.set(one.command, clock());
    if ((await followOne(ports, channel, act, one, state)) === "gone") return "gone";
  }
  return open.some(([, one]) => clock() - one.at < minute) ? "open" : "idle";
}

async function followOne(
  ports: AndroidPorts,
  channel: string,
  act: string,
  open: OpenOperation,
  state: ChannelState,
): Promise<"gone" | undefined> {
  const found = open.name === undefined ? await lookUp(ports, channel, act, open, state) : open.name;
  if (found === "gone" || found === undefined) return found;
  const reading = await ports.operations.read(found);
  if (reading === undefined && (await ports.google.getDevice(channel)) === undefined) return "gone";
  const outcome: Ended | undefined =
    reading === undefined
      ? { type: "unknown", text: "Google does not know its operation any more" }
      : reading.outcome;
  if (outcome !== undefined) await end(ports, channel, act, outcome);
  return undefined;
}

async function end(ports: AndroidPorts, channel: string, act: string, outcome: Ended): Promise<void> {
  await writeTransition(ports, channel, (situation, now) => operationEnded(situation, act, outcome, now));
  ports.onChange();
}

/** Google's clock and ours may differ by this much. */
const skewMs = 2 * minute;
/** No call of ours leaves, or is under way, so long after its intent. */
const windowMs = mostDelayMs + 5 * minute;

/**
 * Whether Google has taken a command whose answer was lost: an operation of its type, from about that time, that reeve
 * does not know. One that is not there by the time when it would have to be is unknown, and not sent again.
 */
async function lookUp(
  ports: AndroidPorts,
  channel: string,
  act: string,
  open: OpenOperation,
  state: ChannelState,
): Promise<string | "gone" | undefined> {
  const list = await ports.operations.list(channel);
  if (list === undefined) return "gone";
  const found = nearest(list, open, state);
  if (found !== undefined) {
    await writeTransition(ports, channel, (situation) => operationTaken(situation, act, found));
    return found.name;
  }
  if (ports.clock() > open.at + windowMs)
    await end(ports, channel, act, {
      type: "unknown",
      text: "Google did not answer and knows nothing of it; not sent again by itself",
    });
  return undefined;
}

function nearest(
  list: readonly OperationReading[],
  { type, at }: OpenOperation,
  { operations = {}, operated = {} }: ChannelState,
): OperationReading | undefined {
  const known = new Set(Object.values(operations).map((one) => one.name));
  const away = ({ createdAt = 0 }: OperationReading): number => Math.abs(createdAt - at);
  return list
    .filter(({ name, type: its, createdAt = 0 }) => {
      const isNew = createdAt > (operated[type] ?? 0) && !known.has(name);
      return its === type && isNew && createdAt >= at - skewMs && createdAt <= at + windowMs;
    })
    .sort((a, b) => away(a) - away(b))[0];
}

/** An act that was withdrawn, or its manifest, is cancelled, if the device has not executed it: a best effort. */
async function cancelWithdrawn(
  ports: AndroidPorts,
  open: readonly (readonly [string, OpenOperation])[],
  { asked, cancelled }: Following,
): Promise<void> {
  const named = open.filter(([, one]) => one.name !== undefined && !cancelled.has(one.name));
  if (named.length === 0) return;
  const withdrawn = await withdrawnActs(
    ports,
    named.map(([act]) => act),
  );
  for (const [act, { name, command }] of named) {
    if (name === undefined || !withdrawn.has(act)) continue;
    await ports.operations.cancel(name);
    cancelled.add(name);
    asked.delete(command);
  }
}
