import { requestTypeOf } from "../apple/commands.ts";
import { askedAnew } from "../core/asked-anew.ts";
import { next } from "../core/next.ts";
import { keyOf } from "../core/transition.ts";
import { androidAwaiting } from "../store/android-acts.ts";
import { type DeviceRow, listDevices } from "../store/devices.ts";
import { type Awaited, listAwaited, pushesInVain } from "../store/push.ts";
import { lastPushAt } from "./push.ts";
import { viewAwaitedAndroid } from "./view-awaited-android.ts";
import { type Looking, situationOfDevice } from "./view-devices.ts";
import type { OperationView } from "./views.ts";

/** What a status asks for that no row of the ledger has: it is derived from what is due and from pushes. */
export const awaitedStatuses: readonly string[] = ["waiting", "notified", "not-notified"] satisfies Awaited[];

/**
 * The next command of a device that is due and was not sent yet: `waiting` for a push, `notified` by one that the
 * service took, or `not-notified` when the device did not come for it. Undefined when nothing is due, or it was sent.
 */
export function viewAwaited(looking: Looking, row: DeviceRow): OperationView | undefined {
  const now = looking.clock();
  if (row.status !== "enrolled" && row.status !== "quarantined") return undefined;
  if (row.facts.platform?.value === "android") return viewAwaitedAndroid(looking, row)[0];
  const step = next(askedAnew(situationOfDevice(looking, row)), { now, afterNotNow: false, idle: true });
  if (step.type !== "send" || step.again) return undefined;
  const { status, information } = attemptOf(row);
  return {
    id: step.sent.id,
    at: row.pushes > 0 && row.dueAt !== undefined ? lastPushAt(row.pushes, row.dueAt) : now,
    device: row.id,
    name: row.alias ?? row.serial ?? row.id,
    type: requestTypeOf(step.sent.intent),
    subject: keyOf(step.sent),
    direction: "->",
    status,
    attempt: step.sent.attempt,
    information,
  };
}

/** All that a device waits for, the next one first: an Android device may be given several commands at once. */
export function viewAllAwaited(looking: Looking, row: DeviceRow): readonly OperationView[] {
  const first = viewAwaited(looking, row);
  if (first === undefined) return [];
  return row.facts.platform?.value === "android" ? viewAwaitedAndroid(looking, row) : [first];
}

/** A push that did not get through is tried again within this time; what is not due in truth is left out below. */
const soonMs = 5 * 60_000;

/** Devices with a next command in one of these statuses; at most `limit`. */
export async function listAwaitedViews(
  looking: Looking,
  status: string,
  limit: number,
): Promise<readonly OperationView[]> {
  const soon = looking.clock() + soonMs;
  const pushed = await listAwaited(looking.store, status as Awaited, soon, limit);
  // Who is not pushed waits, and nothing else.
  const unpushed = status === "waiting" ? await androidAwaiting(looking.store, limit) : [];
  const ids = [...new Set([...pushed, ...unpushed])];
  const rows = ids.length === 0 ? [] : await listDevices(looking.store, { ids, limit: ids.length });
  return rows.flatMap((row) => viewAllAwaited(looking, row));
}

function attemptOf({ tokenDead, pushes }: DeviceRow): {
  readonly status: Awaited;
  readonly information: string;
} {
  if (tokenDead)
    return { status: "not-notified", information: "its push token is dead: it has to come by itself" };
  if (pushes === 0) return { status: "waiting", information: "no push was taken yet" };
  const told = pushes === 1 ? "pushed once" : `pushed ${pushes} times`;
  return pushes < pushesInVain
    ? { status: "notified", information: told }
    : { status: "not-notified", information: `${told}, and it did not come` };
}
