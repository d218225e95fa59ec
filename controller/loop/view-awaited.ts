import { requestTypeOf } from "../apple/commands.ts";
import { androidCommand, androidKind } from "../core/android-acts.ts";
import { actsDue } from "../core/android-operations.ts";
import { askedAnew } from "../core/asked-anew.ts";
import { commandIdOf, next } from "../core/next.ts";
import { keyOf } from "../core/transition.ts";
import { type DeviceRow, listDevices } from "../store/devices.ts";
import { type Awaited, listAwaited, pushesInVain } from "../store/push.ts";
import { lastPushAt } from "./push.ts";
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
  if (row.facts.platform?.value === "android") return viewAwaitedAct(looking, row);
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

/** Nobody wakes an Android device, and nothing is asked of it: only an act may wait, for the next call to Google. */
function viewAwaitedAct(looking: Looking, row: DeviceRow): OperationView | undefined {
  const now = looking.clock();
  const situation = situationOfDevice(looking, row);
  const [act] = actsDue(situation, now);
  if (act === undefined) return undefined;
  const kind = androidKind(row.facts);
  return {
    id: commandIdOf(act, situation),
    at: now,
    device: row.id,
    name: row.alias ?? row.serial ?? row.id,
    type: (kind && androidCommand(act.verb, kind)) ?? act.verb,
    subject: `act/${act.act}`,
    direction: "->",
    status: "waiting",
    attempt: 1,
    information: "it is given to Google with the next round",
  };
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
  const ids = await listAwaited(looking.store, status as Awaited, soon, limit);
  const rows = ids.length === 0 ? [] : await listDevices(looking.store, { ids, limit: ids.length });
  return rows.flatMap((row) => viewAwaited(looking, row) ?? []);
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
