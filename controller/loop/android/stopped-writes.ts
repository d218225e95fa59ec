import { stopsFor } from "../../core/stops.ts";
import type { Store } from "../../store/open.ts";
import { stopsNow } from "../../store/stops.ts";
import type { RenderedGroup } from "./render-groups.ts";

/** Why something is not written at Google now. */
export interface StoppedWrite {
  readonly reason: string;
  /** Nothing else is written either. */
  readonly everything: boolean;
}

/** A policy as it is about to be written, and who has it. */
export interface PolicyHeld {
  readonly id: string;
  /** Groups of devices that have it now. */
  readonly holders: readonly RenderedGroup[];
  /** It would take something away from some of them. */
  readonly takes: boolean;
}

/**
 * Why a policy must not be written, as the database says at this moment: a person may have stopped it on another
 * replica, and calls before it may have taken long. Undefined when it may.
 */
export async function stoppedWrite(store: Store, policy: PolicyHeld): Promise<StoppedWrite | undefined> {
  const { names, suspended } = await stopsNow(store, policy.id);
  const all = stopsFor(names, []);
  if (all.halted || all.changes) return { reason: "changes are stopped", everything: true };
  const groups = policy.holders.flatMap((one) => one.groups ?? []);
  if (suspended || stopsFor(names, groups).changes)
    return { reason: "devices that have it are suspended", everything: false };
  if (policy.takes && all.removals) return { reason: "removals are stopped", everything: false };
  return undefined;
}

/** True while the kill switch is on, by whoever; asked for what devices need before anything is given to them. */
export async function isHaltedNow(store: Store): Promise<boolean> {
  return stopsFor((await stopsNow(store)).names, []).halted;
}

/** True while nothing may be changed on any device. */
export async function areChangesStopped(store: Store): Promise<boolean> {
  const { halted, changes } = stopsFor((await stopsNow(store)).names, []);
  return halted || changes;
}
