import { createHash } from "node:crypto";
import type { Failure } from "../apple/content/answers.ts";
import type { ContentClient } from "../apple/content/client.ts";
import { notEnough } from "../apple/content/error-numbers.ts";
import { backoffMs } from "../core/backoff.ts";
import { Retry } from "../errors.ts";
import type { Lease } from "../store/leader.ts";
import { beginCall, endCall, type LicenceCall, noteCall, openCalls } from "../store/licence-calls.ts";
import { changeLicences } from "../store/licences.ts";
import type { Store } from "../store/open.ts";

/** What calls are made with. */
export interface Calling {
  readonly store: Store;
  readonly client: ContentClient;
  readonly now: number;
  readonly lease: Lease;
}

const second = 1_000;
const minute = 60 * second;
/** How long what an unanswered request did may take to show. */
const settleMs = 5 * minute;
/** An event that takes longer is looked into by its assignments. */
const longestEventMs = 60 * minute;
/** How long nothing is asked for again that the service refused. */
export const refusedMs = 15 * minute;

/** Asks the service for one change, its intent written before. Throws what stands in the way of all others too. */
export async function makeCall(
  calling: Calling,
  { kind, adamId, serials }: Pick<LicenceCall, "kind" | "adamId" | "serials">,
): Promise<number> {
  const { store, client, now, lease } = calling;
  const id = idOf(`${kind}/${adamId}/${now}/${serials.join()}`);
  const taken = await beginCall(store, { id, kind, adamId, serials }, now, lease);
  if (taken.length === 0) return 0;
  const call = {
    id,
    kind,
    adamId,
    serials: taken,
    status: "intended",
    at: now,
    looks: 0,
    event: undefined,
  } as const;
  try {
    const said = await client.change({ kind, adamId, serials: taken });
    if (said.type === "accepted")
      await noteCall(store, { id, status: "accepted", event: said.event, looks: 0 }, now + second);
    else await giveUp(calling, call, taken, said);
  } catch (error) {
    // Nobody can say whether it was done: it is looked up, and not asked for again.
    if (error instanceof Retry && error.code !== "content-busy")
      await noteCall(store, { id, status: "unknown", looks: 0 }, now + second);
    // It was not even begun.
    else await putBack(calling, call, taken);
    throw error;
  }
  return taken.length;
}

/** Looks after every call that is due: what has become of it by the service's own account. How many are still open. */
export async function settleCalls(calling: Calling): Promise<void> {
  for (const call of await openCalls(calling.store, calling.now)) await settleCall(calling, call);
}

async function settleCall(calling: Calling, call: LicenceCall): Promise<void> {
  const { client, now, store } = calling;
  if (call.serials.length === 0) return void (await endCall(store, call.id));
  if (call.status !== "accepted" || call.event === undefined || now - call.at > longestEventMs)
    return lookUp(calling, call, now - call.at > settleMs);
  const event = await client.event(call.event);
  if (event === undefined) return lookUp(calling, call, now - call.at > settleMs);
  if (event.status === "PENDING") return lookLater(calling, call);
  if (event.status === "COMPLETE" && event.failures.length === 0) {
    await done(calling, call, call.serials);
    return void (await endCall(store, call.id));
  }
  return lookUp(calling, call, true, event.failures);
}

/** What assignments there are decides; what is not among them is given up, if it is `over`. */
async function lookUp(
  calling: Calling,
  call: LicenceCall,
  over: boolean,
  failures: readonly Failure[] = [],
): Promise<void> {
  const held = await calling.client.assignments(call.adamId);
  const isDone = (serial: string): boolean => held.has(serial) === (call.kind === "associate");
  await done(calling, call, call.serials.filter(isDone));
  const rest = call.serials.filter((serial) => !isDone(serial));
  if (rest.length > 0 && !over) return lookLater(calling, call);
  for (const failure of failures) {
    const failed = rest.filter((serial) => failure.serials?.has(serial) !== false);
    await giveUp(calling, call, failed, failure);
  }
  // The first failure took its own out of the call; what no failure names may be asked for anew.
  await putBack(calling, call, rest);
  await endCall(calling.store, call.id);
}

async function lookLater({ store, now }: Calling, call: LicenceCall): Promise<void> {
  const looks = call.looks + 1;
  const { id, status } = call;
  await noteCall(store, { id, status, looks }, now + backoffMs(looks, id, second, minute));
}

async function done(
  { store, now, lease }: Calling,
  call: LicenceCall,
  serials: readonly string[],
): Promise<void> {
  const { adamId, id } = call;
  const to = call.kind === "associate" ? "assigned" : "gone";
  await changeLicences(store, { adamId, serials, to, call: id, ours: true }, now, lease);
}

/** The service said why not. */
async function giveUp(
  { store, now, lease }: Calling,
  { id, adamId, kind }: LicenceCall,
  serials: readonly string[],
  { number, reason }: Pick<Failure, "number" | "reason">,
): Promise<void> {
  const to = kind === "associate" ? "wanted" : "assigned";
  // How many there are is asked before the next attempt, which says it better.
  const told = number === notEnough ? "no licences left" : reason;
  const retryAt = now + refusedMs;
  await changeLicences(store, { adamId, serials, to, call: id, reason: told, retryAt }, now, lease);
}

async function putBack(
  { store, now, lease }: Calling,
  call: LicenceCall,
  serials: readonly string[],
): Promise<void> {
  const { id, adamId, kind } = call;
  const to = kind === "associate" ? "wanted" : "assigned";
  await changeLicences(store, { adamId, serials, to, call: id }, now, lease);
  await endCall(store, id);
}

function idOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
