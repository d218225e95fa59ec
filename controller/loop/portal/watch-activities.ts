import { type Activity, readActivity } from "../../apple/portal/business-api.ts";
import { isWithin } from "../../core/within.ts";
import { describe, Retry, Stalled, UserError } from "../../errors.ts";
import { allDueNow } from "../../store/enrollment-servers.ts";
import { appendEvents } from "../../store/events.ts";
import type { Store } from "../../store/open.ts";
import { type ActivityRow, moveActivity, openActivities } from "../../store/portal-activities.ts";
import type { BusinessPorts } from "./business.ts";
import { outdatePortalList } from "./portal-list.ts";

const pollMs = 30_000;
/** Apple forgets activities; what has not ended by then is given up. */
const longestMs = 7 * 86_400_000;

/** Looks after what goes on in the portal; its end is an event. Called often, asks seldom. */
export function createActivityWatch(ports: BusinessPorts): () => Promise<void> {
  const { store, clock } = ports;
  let left: { readonly at: number; readonly forMs: number } | undefined;
  return async () => {
    if (left !== undefined && isWithin(left.forMs, left.at, clock())) return;
    left = { at: clock(), forMs: pollMs };
    for (const row of await openActivities(store)) {
      const waits = await look(ports, row);
      if (waits === undefined) continue;
      left = { at: clock(), forMs: waits };
      return;
    }
  };
}

/** How long Apple is to be left alone, when it did not answer. */
async function look({ store, clock, session }: BusinessPorts, row: ActivityRow): Promise<number | undefined> {
  try {
    const activity = await readActivity(session, row.id);
    await note(store, row, activity, activity.status === "IN_PROGRESS" ? undefined : clock());
    return undefined;
  } catch (error) {
    const isLost = error instanceof UserError;
    if (!isLost && !(error instanceof Retry) && !(error instanceof Stalled)) throw error;
    if (isLost || clock() - row.startedAt > longestMs)
      await note(store, row, { status: "UNKNOWN", subStatus: describe(error) }, clock());
    return error instanceof Retry ? (error.afterMs ?? pollMs) : 10 * pollMs;
  }
}

/** The lists of devices are looked at again when something has ended. */
async function note(
  store: Store,
  row: ActivityRow,
  { status, subStatus }: Omit<Activity, "id">,
  finishedAt: number | undefined,
): Promise<void> {
  if (!(await moveActivity(store, row.id, { status, subStatus, finishedAt }))) return;
  const how = subStatus === undefined ? status : `${status}, ${subStatus}`;
  const devices = row.devices === 1 ? "1 device" : `${row.devices} devices`;
  const message = `${row.type} ${devices} ${row.type === "assign" ? "to" : "from"} ${row.server}: ${how}`;
  await appendEvents(store, [
    { type: "portal-devices.done", at: finishedAt ?? row.startedAt, message, by: row.by },
  ]);
  await allDueNow(store);
  await outdatePortalList(store);
}
