import { expect, test } from "vitest";
import { fieldNeeds, neededPlaces } from "./field-needs.ts";
import { androidField } from "./tables.ts";

test("what a fragment needs is told field by field, and what does nothing needs nothing", () => {
  const fragment = {
    cameraAccess: "CAMERA_ACCESS_DISABLED",
    adjustVolumeDisabled: true,
    networkResetDisabled: false,
    microphoneAccess: "MICROPHONE_ACCESS_USER_CHOICE",
    crossProfilePolicies: { crossProfileCopyPaste: "CROSS_PROFILE_COPY_PASTE_ALLOWED" },
    deviceConnectivityManagement: {
      usbDataAccess: "DISALLOW_USB_DATA_TRANSFER",
      privateDnsSettings: { privateDnsMode: "PRIVATE_DNS_AUTOMATIC" },
    },
    usageLog: { enabledLogTypes: ["NETWORK_ACTIVITY_LOGS", "SECURITY_LOGS"] },
    personalUsagePolicies: null,
  };
  expect(fieldNeeds(fragment).map(({ path, need }) => [path.join("."), need])).toEqual([
    ["adjustVolumeDisabled", { fullyManaged: true }],
    ["crossProfilePolicies", { workProfile: true }],
    ["deviceConnectivityManagement.usbDataAccess", { company: true, since: "12" }],
    ["deviceConnectivityManagement.privateDnsSettings.privateDnsMode", { company: true, since: "10" }],
    ["usageLog.enabledLogTypes", { company: true, since: "8" }],
    ["usageLog.enabledLogTypes", { company: true, since: "7" }],
  ]);
});

test("values that are no policy need nothing", () => {
  for (const value of [undefined, null, 3, "x", [], { adjustVolumeDisabled: [null, {}] }])
    expect(fieldNeeds(value)).toEqual([]);
});

test("every place exists, with its value", () => {
  for (const place of neededPlaces()) {
    const [path = "", value] = place.split("=");
    const [schema = "", name = ""] = path.split(".");
    const field = androidField(schema, name);
    const form = field?.type === "list" ? field.of : field;
    const known =
      value === undefined
        ? field !== undefined
        : form?.type === "enum"
          ? form.values.includes(value)
          : form?.type === "boolean" && value === "true";
    expect([place, known]).toEqual([place, true]);
  }
});
