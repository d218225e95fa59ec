import { newlyArmed } from "./armed.ts";
import { changedUnderRules } from "./armed-settings.ts";
import type { Compiled } from "./compiled.ts";
import { deliveryVersion, rendererVersion } from "./compiled-content.ts";

const readPlan = "read `reeve plan`, then `reeve resume observe`";
/** What people do about the latch `armed`. */
export const readArmed = "read `reeve plan`, then two approvers say `reeve resume armed`";

/** What a revision, or this program, brings when it comes into force. */
export interface Coming {
  /** It is the first one of all. */
  readonly first: boolean;
  /** `reconcile.observeFirst`. */
  readonly observeFirst: boolean;
  readonly before: Compiled | undefined;
  readonly after: Compiled;
  /** The versions of who rendered and delivered until now; undefined when nobody did. */
  readonly rendered: unknown;
  readonly delivers: unknown;
  /** What lets devices of the fleet erase themselves sooner (armed-devices.ts). */
  readonly devices: readonly string[];
}

/** Why a person is waited for: `observe` is lifted by one, `armed` by two approvers. */
export interface Caution {
  readonly observe?: string;
  readonly armed?: string;
}

/**
 * Until a person resumes, these are only watched: the first revision ever, the first that this program renders or
 * delivers otherwise, and one under which more devices erase themselves, or after fewer wrong passcodes.
 */
export function cautionOf({ first, observeFirst, rendered, delivers, ...coming }: Coming): Caution {
  const armed = armedBy(coming);
  const isKnown = observeFirst && rendered !== undefined;
  const reasons = [
    ...(observeFirst && first ? ["first synchronisation"] : []),
    ...(isKnown && !first && rendered !== rendererVersion ? ["this version renders profiles otherwise"] : []),
    // With the first revision of all somebody looks anyway, and no device has been given anything.
    ...(first && armed !== undefined ? [armed] : []),
    // Who was rendered for before had every profile by InstallProfile.
    ...(isKnown && delivers !== deliveryVersion
      ? ["this version gives profiles by declaration where devices support it"]
      : []),
  ];
  return {
    ...(reasons.length === 0 ? {} : { observe: `${reasons.join("; ")}: ${readPlan}` }),
    ...(first || armed === undefined ? {} : { armed: `${armed}: ${readArmed}` }),
  };
}

/**
 * One sentence about what lets devices erase themselves sooner than before, or undefined when nothing does: what
 * manifests say anew, and what the devices of the fleet end up with.
 */
export function armedBy({
  before,
  after,
  devices,
}: Pick<Coming, "before" | "after" | "devices">): string | undefined {
  const found = [...new Set([...newlyArmed(before, after), ...changedUnderRules(before, after), ...devices])];
  if (found.length === 0) return undefined;
  return found.length > 2
    ? `${found.slice(0, 2).join(", ")}, and ${found.length - 2} more`
    : found.join(", ");
}

/** Why nothing is removed until a person resumes; undefined when there is no reason. */
export function freezeReason(rewritten: boolean, losses: string | undefined): string | undefined {
  const reasons = [
    ...(rewritten ? ["the history of the repository was rewritten"] : []),
    ...(losses === undefined ? [] : [losses]),
  ];
  return reasons.length === 0 ? undefined : reasons.join("; ");
}
