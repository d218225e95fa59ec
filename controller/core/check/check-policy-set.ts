import type { Diagnostic } from "../diagnostic.ts";
import { checkActs } from "./acts.ts";
import { checkAndroidActs } from "./android-acts.ts";
import { checkAndroidContents } from "./android-contents.ts";
import { checkAndroidPolicies } from "./android-policies.ts";
import { checkAndroidSettings } from "./android-settings.ts";
import { checkAppleActs } from "./apple-acts.ts";
import { checkAppleContents } from "./apple-contents.ts";
import { checkApps } from "./apps.ts";
import { checkAutomatedEnrollments } from "./automated-enrollments.ts";
import { checkCarriedOut } from "./carried-out.ts";
import { type CheckContext, type CheckInput, checkContext } from "./context.ts";
import { checkCycles } from "./cycles.ts";
import { checkDeviceReferences } from "./device-references.ts";
import { checkDrifts } from "./drifts.ts";
import { checkDuplicates } from "./duplicates.ts";
import { checkEqualPriorities } from "./equal-priorities.ts";
import { checkExemptions } from "./exemptions.ts";
import { checkFiles } from "./files.ts";
import { checkOrganization } from "./organization.ts";
import { checkPlainPasswords } from "./plain-passwords.ts";
import { checkPlatforms } from "./platforms.ts";
import { checkPolicies } from "./policies.ts";
import { checkProfiles } from "./profiles.ts";
import { checkReferences } from "./references.ts";
import { checkReturns } from "./returns.ts";
import { checkRollouts } from "./rollouts.ts";
import { checkSchedules } from "./schedules.ts";
import { checkSecrets } from "./secrets.ts";
import { checkSelectors } from "./selectors.ts";
import { checkTargets } from "./targets.ts";
import { checkTrust } from "./trust.ts";
import { checkWindows } from "./windows.ts";

/** Everything that schemas cannot see: what is wrong between manifests, files and time. In no order. */
export function checkPolicySet(input: CheckInput): readonly Diagnostic[] {
  const context = checkContext(input);
  return checks.flatMap((check) => check(context));
}

const checks: readonly ((context: CheckContext) => readonly Diagnostic[])[] = [
  checkOrganization,
  checkDuplicates,
  checkReferences,
  checkDeviceReferences,
  checkCycles,
  checkTargets,
  checkSelectors,
  checkSchedules,
  checkFiles,
  checkProfiles,
  checkApps,
  checkAppleContents,
  checkAndroidContents,
  checkAndroidSettings,
  checkAndroidPolicies,
  checkPolicies,
  checkPlatforms,
  checkSecrets,
  checkPlainPasswords,
  checkReturns,
  checkTrust,
  checkExemptions,
  checkRollouts,
  checkWindows,
  checkDrifts,
  checkActs,
  checkAppleActs,
  checkAndroidActs,
  checkAutomatedEnrollments,
  checkEqualPriorities,
  checkCarriedOut,
];
