import { portalNames, type ReleasePortal } from "../core/lifecycle.ts";
import { UserError } from "../errors.ts";
import type { DeviceRow } from "../store/devices.ts";
import { appendEvents } from "../store/events.ts";
import { endRelease, readmitDevice } from "../store/lifecycle.ts";
import type { Person } from "./control.ts";
import { deviceNamed, type Looking } from "./view-devices.ts";

/**
 * Takes back that a device is retired: it may enroll again, nothing of it is erased any more, and no portal is waited
 * for. What it was before does not come back. Throws UserError when it is not retired.
 */
export async function readmit(
  looking: Looking,
  word: string,
  reason: string,
  by: Person,
): Promise<DeviceRow> {
  const row = await deviceNamed(looking.store, word);
  const at = looking.clock();
  const message = `it may enroll again: ${reason}`;
  await looking.store.transaction(async (db) => {
    if (!(await readmitDevice(db, row.id, at)))
      throw new UserError("not-retired", `${row.alias ?? row.serial ?? row.id} is not retired`, {
        hint: "`reeve devices --state retired` lists those that are.",
      });
    await appendEvents(db, [{ type: "lifecycle.readmitted", at, device: row.id, message, by: by.name }]);
  });
  return row;
}

/**
 * Notes that a person has taken a device out of a portal, or knows that it never was in it. Throws UserError when nobody
 * waits for that.
 */
export async function releaseByHand(
  looking: Looking,
  word: string,
  { portal, reason }: { readonly portal: ReleasePortal; readonly reason: string },
  by: Person,
): Promise<DeviceRow> {
  const row = await deviceNamed(looking.store, word);
  const at = looking.clock();
  const message = `released from ${portalNames[portal]}: ${reason}`;
  await looking.store.transaction(async (db) => {
    if (!(await endRelease(db, row.id, portal, at)))
      throw new UserError(
        "not-pending",
        `${row.alias ?? row.serial ?? row.id} does not wait to be released from ${portalNames[portal]}`,
        { hint: "`reeve devices --state release-pending` lists those that do." },
      );
    await appendEvents(db, [{ type: "lifecycle.released", at, device: row.id, message, by: by.name }]);
  });
  return row;
}
