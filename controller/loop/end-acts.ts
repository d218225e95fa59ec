import { expireActs } from "../store/acts.ts";
import { deleteDeparted } from "../store/deletion.ts";
import { carryOutAway } from "../store/departing.ts";
import { eraseOwed, eraseRetired } from "../store/erasure.ts";
import type { Store } from "../store/open.ts";
import { cancelWithdrawn } from "../store/withdrawals.ts";

/**
 * Ends what was withdrawn or has expired, and what was approved for devices to which nothing can be sent any more. What
 * is kept of devices that were retired long ago is erased, and of those that were to be deleted with their management.
 * Each is told where it is written; one of them that fails stops none of the others. `onError` hears of it, with the
 * device where it is about one.
 */
export async function endActs(
  store: Store,
  at: number,
  onError: (error: unknown, device?: string) => void,
): Promise<void> {
  const parts = [
    () => cancelWithdrawn(store),
    () => expireActs(store),
    () => carryOutAway(store, at),
    () => eraseOwed(store),
    () => eraseRetired(store, onError),
    () => deleteDeparted(store, at, onError),
  ];
  for (const part of parts) await part().catch((error: unknown) => onError(error));
}
