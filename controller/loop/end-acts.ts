import { expireActs } from "../store/acts.ts";
import { deleteDeparted } from "../store/deletion.ts";
import { carryOutAway } from "../store/departing.ts";
import { eraseRetired } from "../store/erasure.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";

/**
 * Ends what has expired, and what was approved for devices to which nothing can be sent any more; both are told. What
 * is kept of devices that were retired long ago is erased, and of those that were to be deleted with their management.
 */
export async function endActs(store: Store, at: number): Promise<void> {
  const expired = await expireActs(store, at);
  const away = await carryOutAway(store, at);
  await eraseRetired(store);
  await deleteDeparted(store, at);
  await appendEvents(store, [
    ...expired.map(({ name, device }) => ({ type: "act.expired", at, message: name, device })),
    ...away.map(({ act, device }) => ({
      type: "act.executed",
      at,
      message: `${act}: it was not managed any more, and nothing was sent`,
      device,
    })),
  ]);
}
