import { declaredProfiles } from "./declaration-state.ts";
import type { ErrorItem } from "./faults.ts";
import { installationFailed } from "./profile.ts";
import type { DeviceState } from "./state.ts";

/** Why a command can neither replace nor remove a profile: it is there by declaration. */
export function declaredAlready(state: DeviceState, identifier: string): ErrorItem[] | undefined {
  if (!declaredProfiles(state).has(identifier)) return undefined;
  const reason = `The profile “${identifier}” is managed by a declaration`;
  return installationFailed(reason, "MCMDMErrorDomain", 12084);
}
