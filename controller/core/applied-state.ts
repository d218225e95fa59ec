import type { ChannelState } from "./channel.ts";
import type { GrantedItem } from "./granted.ts";
import type { ItemState } from "./item-state.ts";
import type { AppliedItem, Observed } from "./observed.ts";

/**
 * The state of an item of an Android policy: verified when the device has applied a policy that holds this very content
 * and says nothing against it (appliedPolicyVersion without nonComplianceDetails of the item).
 */
export function appliedState(item: GrantedItem, observed: Observed, state: ChannelState): ItemState {
  if (observed.applied === undefined) return { type: "unknown" };
  const applied = observed.applied[item.key];
  const progress = state.progress[item.key];
  const current = progress?.digest === item.digest ? progress : undefined;
  if (!isSame(item, applied)) return { type: "missing", retryAt: current?.retryAt ?? 0 };
  const { fault } = applied;
  if (fault === undefined) return { type: "verified" };
  if (fault.verdict === "waiting")
    return { type: "installing", status: fault.text, since: current?.at ?? state.collected.device ?? 0 };
  if (fault.verdict === "unsupported") return { type: "unsupported", reason: fault.text };
  return { type: "missing", retryAt: current?.retryAt ?? 0 };
}

function isSame(item: GrantedItem, applied: AppliedItem | undefined): applied is AppliedItem {
  return applied?.digest === item.digest && applied.id === item.id && applied.kind === item.kind;
}
