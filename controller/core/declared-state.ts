import type { ChannelState } from "./channel.ts";
import { unsupportedType } from "./declarations.ts";
import type { DeclaredPart, GrantedItem } from "./granted.ts";
import type { ItemState } from "./item-state.ts";
import type { DeclarationStatus, Observed } from "./observed.ts";

/**
 * The state of an item that is declared: verified by nothing but the device's own status, which is newer than the
 * change and names exactly this content as valid and active.
 */
export function declaredState(item: GrantedItem, observed: Observed, state: ChannelState): ItemState {
  const type = unsupportedType(item, observed);
  if (type !== undefined)
    return { type: "unsupported", reason: `the device says that it does not support ${type}` };
  const progress = state.progress[item.key];
  const current = progress?.digest === item.digest ? progress : undefined;
  const told = state.collected.declarations ?? -1;
  const isNews = current?.phase !== "acknowledged" || told > current.at;
  const parts = item.parts ?? [];
  if (isNews && parts.every((part) => isInForce(part, observed.declarations?.[part.identifier])))
    return { type: "verified" };
  if (current?.phase === "acknowledged") return { type: "acknowledged", since: current.at };
  return { type: "missing", retryAt: current?.retryAt ?? 0 };
}

/** Assets and management have nothing that activates them, and where a predicate decides, not being active is right. */
function isInForce(part: DeclaredPart, status: DeclarationStatus | undefined): boolean {
  if (status === undefined || status.token !== part.token || status.valid === "invalid") return false;
  // What a predicate keeps inactive is not judged further.
  if (part.conditional === true && !status.active) return true;
  const mustBeActive = part.form === "configuration" || part.form === "activation";
  return status.valid === "valid" && (status.active || !mustBeActive);
}

/** What the device says is wrong with this very content, in its words; empty when nothing is. */
export function faultsOf(item: GrantedItem, observed: Pick<Observed, "declarations">): readonly string[] {
  return (item.parts ?? []).flatMap((part) => {
    const status = observed.declarations?.[part.identifier];
    if (status?.token !== part.token || status.valid !== "invalid") return [];
    const reasons = status.reasons ?? [];
    return reasons.length === 0 ? [`${part.type}: invalid`] : [`${part.type}: ${reasons.join(", ")}`];
  });
}
