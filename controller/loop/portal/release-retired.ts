import { portalNames } from "../../core/lifecycle.ts";
import type { Clock } from "../../core/ports.ts";
import { describe, isExpected } from "../../errors.ts";
import { appendEvents } from "../../store/events.ts";
import type { Store } from "../../store/open.ts";
import { endReleased, noteAsked, releasesToAsk } from "../../store/portal-releases.ts";
import { assignInPortal, type BusinessPorts, mostAtOnce } from "./business.ts";

export interface ReleasingPorts {
  readonly store: Store;
  readonly clock: Clock;
  /** Absent without a client of the portal's API: a person takes the devices out. */
  readonly business: BusinessPorts | undefined;
  readonly mayAct: () => boolean;
}

/** What Apple was asked for and has not done is asked for again. */
const againMs = 86_400_000;

/**
 * Takes retired devices from their servers in Apple's portal, and ends what was waited for when a list of Apple's says
 * that a device is gone, whoever took it out. What stands in the way is shown with the device.
 */
export async function releaseRetired({ store, clock, business, mayAct }: ReleasingPorts): Promise<void> {
  const released = await endReleased(store, clock());
  const message = `${portalNames["apple-business"]} does not list it any more`;
  await appendEvents(
    store,
    released.map((device) => ({ type: "lifecycle.released", at: clock(), device, message })),
  );
  if (business === undefined || !mayAct()) return;
  const waiting = await releasesToAsk(store, clock() - againMs, mostAtOnce);
  for (const [server, devices] of Map.groupBy(waiting, (one) => one.server)) {
    const ids = devices.map((one) => one.device);
    await noteAsked(store, ids, { at: clock(), trouble: null });
    try {
      const serials = devices.map((one) => one.serial);
      await assignInPortal(business, { type: "unassign", server, serials, named: ids, by: "reeve" });
    } catch (error) {
      if (!isExpected(error)) throw error;
      await noteAsked(store, ids, { at: clock(), trouble: describe(error) });
    }
  }
}
