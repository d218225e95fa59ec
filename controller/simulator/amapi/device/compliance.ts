import type { Detail, Policy } from "../kept.ts";
import type { Knobs } from "../knobs.ts";
import { appDetails } from "./app-compliance.ts";
import { apiLevel, type Machine, type Management } from "./machine.ts";
import { passwordDetails } from "./password-compliance.ts";

/** The first API level that knows a setting, as its reference says. */
const SINCE: Readonly<Record<string, number>> = {
  printingPolicy: 28,
  credentialProviderPolicyDefault: 34,
  assistContentPolicy: 35,
};

const RESTRICTED = ["factoryResetDisabled", "frpAdminEmails"];

/** What the device does not do of its applied policy, as it reports it. The paths are those of its version. */
export function complianceDetails(machine: Machine, knobs: Knobs): readonly Detail[] {
  const { management } = machine;
  const policy = management?.applied?.body;
  if (management === undefined || policy === undefined) return [];
  return [
    ...platformDetails(machine, policy),
    ...modeDetails(management, policy, knobs),
    ...(knobs.permissibleUsageRestricted ? restrictedDetails(policy) : []),
    ...passwordDetails(machine, policy),
    ...wifiDetails(policy),
    ...appDetails(machine, policy, knobs),
    ...machine.alsoReports,
  ];
}

/** What is on its way, and will be there without anybody's doing. */
export function isOnItsWay({ installationFailureReason, nonComplianceReason }: Detail): boolean {
  return installationFailureReason === "IN_PROGRESS" || nonComplianceReason === "PENDING";
}

function platformDetails({ android }: Machine, policy: Policy): readonly Detail[] {
  const level = apiLevel(android);
  const tooNew = Object.entries(SINCE)
    .filter(([setting, since]) => isSet(policy, setting) && level < since)
    .map(([settingName]) => ({ settingName, nonComplianceReason: "API_LEVEL" }));
  if (level >= Number(policy.minimumApiLevel ?? 0)) return tooNew;
  return [{ settingName: "minimumApiLevel", nonComplianceReason: "API_LEVEL" }, ...tooNew];
}

function modeDetails({ mode }: Management, policy: Policy, knobs: Knobs): readonly Detail[] {
  const without =
    mode === "work-profile"
      ? knobs.notOnPersonal
      : mode === "company-work-profile"
        ? knobs.notOnCompanyProfile
        : ["personalUsagePolicies", "crossProfilePolicies"];
  return without
    .filter((setting) => isSet(policy, setting))
    .map((settingName) => ({ settingName, nonComplianceReason: "MANAGEMENT_MODE" }));
}

function restrictedDetails(policy: Policy): readonly Detail[] {
  return RESTRICTED.filter((setting) => isSet(policy, setting)).map((settingName) => ({
    settingName,
    nonComplianceReason: "PROJECT_NOT_PERMITTED",
    specificNonComplianceReason: "PERMISSIBLE_USAGE_RESTRICTION",
  }));
}

type Network = { GUID?: string; WiFi?: { Security?: string; Passphrase?: string } };

/** A passphrase that no network can have. */
function wifiDetails(policy: Policy): readonly Detail[] {
  const settingName = "openNetworkConfiguration";
  const networks: readonly Network[] = policy.openNetworkConfiguration?.NetworkConfigurations ?? [];
  return networks.flatMap(({ GUID, WiFi }, at) => {
    const length = WiFi?.Passphrase?.length ?? 0;
    if (WiFi?.Security !== "WPA-PSK" || (length >= 8 && length <= 64)) return [];
    return {
      settingName,
      nonComplianceReason: "INVALID_VALUE",
      fieldPath: `${settingName}.NetworkConfigurations[${at}].WiFi.Passphrase`,
      specificNonComplianceReason: "ONC_WIFI_INVALID_VALUE",
      specificNonComplianceContext: { oncWifiContext: { wifiGuid: GUID ?? "" } },
    };
  });
}

function isSet(policy: Policy, setting: string): boolean {
  return (policy as Readonly<Record<string, unknown>>)[setting] !== undefined;
}
