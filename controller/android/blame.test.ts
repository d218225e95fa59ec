import { describe, expect, test } from "vitest";
import { buildBody } from "../core/android-policy/build-body.ts";
import { leavesOf } from "../core/android-policy/leaves.ts";
import { mergeLeaves } from "../core/android-policy/merge-leaves.ts";
import { blame, isShown } from "./blame.ts";
import { judgeDetail, type NonComplianceDetail } from "./non-compliance.ts";

const fragments = {
  "App/crm": {
    applications: [
      { packageName: "com.crm", installType: "FORCE_INSTALLED", managedConfiguration: { a: 1 } },
    ],
  },
  "App/mail": { applications: [{ packageName: "com.mail", installType: "AVAILABLE" }] },
  "Profile/passcode": { passwordPolicies: [{ passwordQuality: "NUMERIC" }] },
  "Profile/history": { passwordPolicies: [{ passwordHistoryLength: 3 }] },
  "Profile/wifi": {
    openNetworkConfiguration: { NetworkConfigurations: [{ GUID: "g", WiFi: { SSID: "Acme" } }] },
  },
};
const rendered = buildBody(
  mergeLeaves(
    Object.entries(fragments).map(([item, policy]) => ({ item, priority: 1, leaves: leavesOf(policy) })),
  ).decided,
);

const told = (...details: NonComplianceDetail[]) =>
  blame(details, rendered).items.map(({ item, verdict, reason }) => `${item} ${verdict}: ${reason}`);

describe("a detail of non-compliance", () => {
  test.each<readonly [string, NonComplianceDetail, readonly string[]]>([
    [
      "names an element of a list by its place",
      {
        settingName: "applications",
        fieldPath: "applications[1].installType",
        reason: "PENDING",
      },
      ["App/mail pending: the device is about to apply it (PENDING)"],
    ],
    [
      "names a field inside of what one item decides as a whole",
      {
        settingName: "openNetworkConfiguration",
        fieldPath: "openNetworkConfiguration.NetworkConfigurations[0].WiFi.EAP",
        reason: "INVALID_VALUE",
        specificReason: "ONC_WIFI_INVALID_ENTERPRISE_CONFIG",
      },
      [
        "Profile/wifi failed: the device refuses the value: the network names no authority or no server to trust (INVALID_VALUE, ONC_WIFI_INVALID_ENTERPRISE_CONFIG)",
      ],
    ],
    [
      "names an app by its package",
      {
        settingName: "applications",
        packageName: "com.crm",
        reason: "APP_NOT_INSTALLED",
        installationFailureReason: "NOT_FOUND",
      },
      [
        "App/crm failed: the app is not installed: Google Play does not know the app (APP_NOT_INSTALLED, NOT_FOUND)",
      ],
    ],
    [
      "names only a setting, which several items share",
      { settingName: "passwordPolicies", reason: "USER_ACTION" },
      [
        "Profile/history user: its user has still to do something (USER_ACTION)",
        "Profile/passcode user: its user has still to do something (USER_ACTION)",
      ],
    ],
  ])("%s", (_name, detail, expected) => {
    expect(told(detail)).toEqual(expected);
  });

  test("about an app that this policy does not have explains nothing", () => {
    const detail = {
      settingName: "applications",
      packageName: "com.gone",
      reason: "APP_INSTALLED",
    };
    expect(blame([detail], rendered)).toEqual({ items: [], unexplained: [detail] });
  });

  test("says where it stands when it is exact, and what is worst when there are several", () => {
    const found = blame(
      [
        { settingName: "applications", packageName: "com.crm", reason: "PENDING" },
        { fieldPath: "applications[0].managedConfiguration.a", reason: "APP_INCOMPATIBLE" },
      ],
      rendered,
    );
    expect(found.items).toEqual([
      expect.objectContaining({
        item: "App/crm",
        verdict: "unsupported",
        leaf: 'applications["com.crm"].managedConfiguration',
      }),
    ]);
  });
});

test.each<readonly [NonComplianceDetail, string]>([
  [{ reason: "PENDING" }, "pending"],
  [{ reason: "APP_NOT_INSTALLED", installationFailureReason: "IN_PROGRESS" }, "pending"],
  [{ reason: "APP_NOT_UPDATED", installationFailureReason: "IN_PROGRESS" }, "pending"],
  [{ reason: "USER_ACTION" }, "user"],
  [{ reason: "MANAGEMENT_MODE" }, "unsupported"],
  [{ reason: "API_LEVEL" }, "unsupported"],
  [{ reason: "APP_NOT_INSTALLED", installationFailureReason: "NO_LICENSES_REMAINING" }, "failed"],
  // Only together with an installation that has not ended does the word mean that it goes on.
  [{ reason: "INVALID_VALUE", installationFailureReason: "IN_PROGRESS" }, "failed"],
  [{ reason: "SOMETHING_NEW" }, "failed"],
  [{ reason: "constructor" }, "failed"],
  [{}, "failed"],
])("%o is %s", (detail, verdict) => {
  expect(judgeDetail(detail).verdict).toBe(verdict);
});

test("a report that is silent about an app says nothing", () => {
  const reports = [
    { packageName: "com.a", state: "INSTALLED" },
    { packageName: "com.b", state: "REMOVED" },
  ];
  expect(["com.a", "com.b", "com.c"].map((name) => isShown(name, reports))).toEqual([true, false, undefined]);
  expect(isShown("com.a", undefined)).toBeUndefined();
});
