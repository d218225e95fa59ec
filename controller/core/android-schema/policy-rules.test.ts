import { expect, test } from "vitest";
import { checkAndroid } from "./read-value.ts";

/** What is broken, as `path rule`. */
function broken(schema: string, value: unknown): readonly string[] {
  return checkAndroid(schema, value).map(({ path, fault }) =>
    [path.join("."), fault.type === "rule" ? fault.rule : fault.type].join(" "),
  );
}

const date = (month: number, day: number): object => ({ month, day });
const freeze = (...periods: readonly (readonly [object, object])[]): readonly string[] =>
  broken("SystemUpdate", {
    type: "AUTOMATIC",
    freezePeriods: periods.map(([startDate, endDate]) => ({ startDate, endDate })),
  });

test("freeze periods are bounded, and far enough from each other, also over New Year", () => {
  expect(freeze([date(12, 1), date(2, 28)])).toEqual([]);
  expect(freeze([date(1, 1), date(4, 1)])).toEqual([]);
  expect(freeze([date(1, 1), date(4, 2)])).toEqual(["freezePeriods.0.endDate freeze-period"]);
  expect(freeze([date(1, 1), date(1, 31)], [date(4, 2), date(4, 30)])).toEqual([]);
  expect(freeze([date(1, 1), date(1, 31)], [date(4, 1), date(4, 30)])).toEqual([
    "freezePeriods.1.startDate freeze-period",
  ]);
  expect(freeze([date(12, 1), date(12, 31)], [date(2, 1), date(2, 3)])).toEqual([
    "freezePeriods.1.startDate freeze-period",
  ]);
  expect(freeze([date(6, 1), date(6, 30)], [date(6, 10), date(6, 20)])).toContain(
    "freezePeriods.1.startDate freeze-period",
  );
  expect(freeze([{ month: 6 }, date(6, 30)])).toEqual(["freezePeriods.0.startDate freeze-period"]);
});

test("more freeze periods than a year has room for are told once", () => {
  const days = Array.from({ length: 6 }, () => [date(1, 1), date(1, 2)] as const);
  expect(freeze(...days)).toEqual(["freezePeriods freeze-period"]);
});

test("networks for some apps", () => {
  const settings = (config: object, chosen: string): readonly string[] =>
    broken("PreferentialNetworkServiceSettings", {
      defaultPreferentialNetworkId: chosen,
      preferentialNetworkServiceConfigs: [config],
    });
  const one = { preferentialNetworkId: "PREFERENTIAL_NETWORK_ID_ONE" };
  expect(settings(one, "PREFERENTIAL_NETWORK_ID_ONE")).toEqual([]);
  expect(settings(one, "NO_PREFERENTIAL_NETWORK")).toEqual([]);
  expect(settings(one, "PREFERENTIAL_NETWORK_ID_TWO")).toEqual([
    "defaultPreferentialNetworkId default-network",
  ]);
  expect(settings({ preferentialNetworkId: "NO_PREFERENTIAL_NETWORK" }, "NO_PREFERENTIAL_NETWORK")).toEqual([
    "preferentialNetworkServiceConfigs.0.preferentialNetworkId network-id",
  ]);
  expect(
    settings({ ...one, nonMatchingNetworks: "NON_MATCHING_NETWORKS_DISALLOWED" }, "NO_PREFERENTIAL_NETWORK"),
  ).toEqual(["preferentialNetworkServiceConfigs.0.nonMatchingNetworks network-fallback"]);
});

test("networks that are named must be named for something", () => {
  const wifiSsids = [{ wifiSsid: "Acme" }];
  const rule = ["wifiSsids ssids-without-type"];
  expect(broken("WifiSsidPolicy", { wifiSsids })).toEqual(rule);
  expect(
    broken("WifiSsidPolicy", { wifiSsids, wifiSsidPolicyType: "WIFI_SSID_POLICY_TYPE_UNSPECIFIED" }),
  ).toEqual(rule);
  expect(broken("WifiSsidPolicy", { wifiSsids, wifiSsidPolicyType: "WIFI_SSID_DENYLIST" })).toEqual([]);
  expect(broken("WifiSsidPolicy", { wifiSsids: [] })).toEqual([]);
});

test("fields of a policy that exclude each other", () => {
  expect(
    broken("Policy", {
      appFunctions: "APP_FUNCTIONS_DISALLOWED",
      crossProfilePolicies: { crossProfileAppFunctions: "CROSS_PROFILE_APP_FUNCTIONS_ALLOWED" },
      choosePrivateKeyRules: [{ privateKeyAlias: "a" }],
      applications: [{ packageName: "a.b", delegatedScopes: ["CERT_SELECTION"] }],
      wipeDataFlags: ["WIPE_ESIMS", "WIPE_ESIMS"],
    }),
  ).toEqual([
    "crossProfilePolicies.crossProfileAppFunctions app-functions",
    "choosePrivateKeyRules private-key-rules",
    "wipeDataFlags.1 twice",
  ]);
});

test("apps that users must not stop, and apps of two kinds at once", () => {
  const companion = { packageName: "a.b", roles: [{ roleType: "COMPANION_APP" }] };
  const extension = { packageName: "a.c", extensionConfig: {} };
  expect(
    broken("Policy", { applications: [{ ...companion, userControlSettings: "USER_CONTROL_ALLOWED" }] }),
  ).toEqual(["applications.0.userControlSettings user-control"]);
  expect(broken("Policy", { applications: [companion, extension] })).toEqual([
    "applications.1.extensionConfig companion",
  ]);
  expect(broken("Role", { roleType: "ROLE_TYPE_UNSPECIFIED" })).toEqual(["roleType unspecified"]);
});

test("a screen never turns off after no time", () => {
  const timeout = (screenTimeout: string): readonly string[] =>
    broken("ScreenTimeoutSettings", { screenTimeout, screenTimeoutMode: "SCREEN_TIMEOUT_ENFORCED" });
  expect(timeout("0.5s")).toEqual([]);
  expect(timeout("0s")).toEqual(["screenTimeout screen-timeout"]);
  expect(timeout("0.000s")).toEqual(["screenTimeout screen-timeout"]);
  expect(timeout("-1s")).toEqual(["screenTimeout screen-timeout"]);
});
