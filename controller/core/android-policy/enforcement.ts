import { enforcedByDefault } from "../android-armed.ts";
import type { Fields } from "./leaves.ts";

/**
 * A rule must have a wipe as well as a block (PolicyEnforcementRule), so there is no rule that never wipes. Ten years
 * are longer than a device is used, and no count of seconds overflows by them. Google advises no more than 30 days and
 * documents no limit: if one is enforced the whole policy is refused, and nothing happens to devices.
 */
export const neverWipesDays = 3_650;

/**
 * The rules that a policy has unless its manifests say otherwise, one for each setting of it that Google would enforce
 * by itself. The block stays as Google has it: it is how a passcode is required, and ends when the user complies. The
 * wipe does not. There is always one rule, because without any Google's own apply.
 */
export function enforcementFor(settings: ReadonlySet<string>): readonly Fields[] {
  const used = enforcedByDefault.filter((name) => settings.has(name));
  return (used.length === 0 ? ["passwordPolicies"] : used).map((settingName) => ({
    settingName,
    blockAction: { blockAfterDays: 0 },
    wipeAction: { wipeAfterDays: neverWipesDays, preserveFrp: true },
  }));
}
