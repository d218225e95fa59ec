import { Stalled } from "../errors.ts";
import { appendEvents } from "../store/events.ts";
import { licensedItems } from "../store/licence-counts.ts";
import { changeLicences, countUnderWay, dueLicences, restingLicences } from "../store/licences.ts";
import { type Calling, makeCall, refusedMs } from "./licence-calls.ts";

const hour = 3_600_000;
/** How often it is asked who holds licences of an item. */
const lookEveryMs = 6 * hour;
/** So many are told at once that there are none. */
const mostRefused = 5_000;
/** What was just assigned may not show yet. */
const freshMs = 5 * 60_000;

/**
 * Takes over what others have assigned and taken away: before the first licence of an item is asked for, and every
 * six hours. What reeve did not associate is used, and never given back. `looked` remembers when that was.
 */
export async function lookAtAssignments(calling: Calling, looked: Map<string, number>): Promise<void> {
  const { store, client, now, lease } = calling;
  for (const adamId of await licensedItems(store)) {
    if (now - (looked.get(adamId) ?? Number.NEGATIVE_INFINITY) < lookEveryMs) continue;
    const resting = await restingLicences(store, adamId);
    const held = await client.assignments(adamId);
    const found = resting.filter((one) => one.status === "wanted" && held.has(one.serial));
    const lost = resting.filter(
      (one) => one.status === "assigned" && !held.has(one.serial) && now - one.at > freshMs,
    );
    const serialsOf = (all: typeof resting): string[] => all.map((one) => one.serial);
    await changeLicences(
      store,
      { adamId, serials: serialsOf(found), to: "assigned", ours: false },
      now,
      lease,
    );
    await changeLicences(store, { adamId, serials: serialsOf(lost), to: "wanted", ours: false }, now, lease);
    if (lost.length > 0)
      await appendEvents(store, [
        { type: "licence.lost", at: now, subject: adamId, message: `${lost.length} taken away by others` },
      ]);
    looked.set(adamId, now);
  }
}

/** Asks for what is wanted, as far as there are licences: one request for each item. How many were asked for. */
export async function askForLicences(calling: Calling): Promise<number> {
  const { store, client, now } = calling;
  let count = 0;
  const most = client.service.maxSerialNumbers;
  for (const [adamId, serials] of await dueLicences(store, now, Math.max(most, mostRefused))) {
    const asset = await client.asset(adamId);
    const underWay = await countUnderWay(store, adamId);
    if (asset === undefined) await refuse(calling, adamId, serials, "the location owns no licences of it");
    else if (!asset.deviceAssignable)
      await refuse(calling, adamId, serials, "licences of it cannot be assigned to devices");
    else {
      const room = Math.max(0, asset.available - underWay);
      const given = serials.slice(0, Math.min(room, most));
      if (given.length > 0) count += await makeCall(calling, { kind: "associate", adamId, serials: given });
      // What is under way may be counted already, or not: nobody is told that there are none before it is over.
      if (underWay === 0)
        await refuse(
          calling,
          adamId,
          serials.slice(room),
          `no licences left (${asset.used + given.length} of ${asset.total} used)`,
        );
    }
  }
  return count;
}

/** Gives back what devices are not granted any more. */
export async function giveBackLicences(
  calling: Calling,
  returns: ReadonlyMap<string, readonly string[]>,
): Promise<number> {
  let count = 0;
  for (const [adamId, serials] of returns) {
    const some = serials.slice(0, calling.client.service.maxSerialNumbers);
    count += await makeCall(calling, { kind: "disassociate", adamId, serials: some });
  }
  return count;
}

async function refuse(
  { store, now, lease }: Calling,
  adamId: string,
  serials: readonly string[],
  reason: string,
): Promise<void> {
  await changeLicences(
    store,
    { adamId, serials, to: "wanted", reason, retryAt: now + refusedMs },
    now,
    lease,
  );
}

/** True for what holds for every item: nothing is assigned before a person has done something. */
export function isOfAll(error: unknown): error is Stalled {
  return error instanceof Stalled && (error.code === "content-token" || error.code === "content-managed");
}
