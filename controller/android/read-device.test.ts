import { describe, expect, test } from "vitest";
import { readDevice } from "./read-device.ts";
import { readSections } from "./read-sections.ts";
import { ReadingError } from "./reading-error.ts";

const record = {
  name: "enterprises/LC01/devices/36c339908766f292",
  policyName: "enterprises/LC01/policies/base-a",
  appliedPolicyName: "enterprises/LC01/policies/base-a",
  appliedPolicyVersion: "9007199254740993",
  state: "ACTIVE",
  appliedState: "ACTIVE",
  ownership: "COMPANY_OWNED",
  managementMode: "DEVICE_OWNER",
  enrollmentTime: "2026-01-02T03:04:05.123456789Z",
  lastStatusReportTime: "2026-01-02T04:00:00Z",
  hardwareInfo: { model: "Pixel 9", serialNumber: "SN-1" },
  softwareInfo: { androidVersion: "16" },
  nonComplianceDetails: [
    {
      settingName: "applications",
      nonComplianceReason: "APP_NOT_INSTALLED",
      packageName: "com.a",
      fieldPath: "applications[0]",
    },
  ],
};

describe("Google's record of a device", () => {
  test("says who it is, what it was given and what it has come to, with every digit of a version", () => {
    expect(readDevice(record)).toMatchObject({
      name: record.name,
      identity: "SN-1",
      policy: "base-a",
      applied: { policy: "base-a", version: 9007199254740993n },
      enrolledAt: Date.parse("2026-01-02T03:04:05.123Z"),
      details: [{ reason: "APP_NOT_INSTALLED", packageName: "com.a" }],
      facts: {
        platform: { value: "android", source: "reported" },
        model: { value: "Pixel 9" },
        osVersion: { value: "16" },
        ownership: { value: "company" },
        mode: { value: "fullyManaged" },
      },
    });
  });

  test("of a work profile is known by its enterprise specific id, and tells no more than it says", () => {
    const personal = {
      name: record.name,
      ownership: "PERSONALLY_OWNED",
      managementMode: "PROFILE_OWNER",
      hardwareInfo: { enterpriseSpecificId: "ESID", serialNumber: "" },
    };
    const reading = readDevice(personal);
    expect(reading).toMatchObject({ identity: "ESID", facts: { ownership: { value: "personal" } } });
    expect(Object.keys(reading.facts).sort()).toEqual(["mode", "ownership", "platform"]);
    expect(reading.applied).toBeUndefined();
  });

  test.each([
    ["nothing", undefined],
    ["a list", [record]],
    ["no name", { ...record, name: undefined }],
    ["a name that leads elsewhere", { ...record, name: "enterprises/LC01/devices/../policies/x" }],
  ])("%s is refused", (_what, value) => {
    expect(() => readDevice(value)).toThrow(ReadingError);
  });

  test.each([
    ["a version that is no number", { appliedPolicyVersion: "1e3" }, { applied: undefined }],
    ["a version of another type", { appliedPolicyVersion: 3 }, { applied: undefined }],
    ["details that are no list", { nonComplianceDetails: { a: 1 } }, { details: [] }],
    ["a time that is none", { lastStatusReportTime: "yesterday" }, { reportedAt: undefined }],
    [
      "an ownership of which nobody heard",
      { ownership: "STATE" },
      { facts: expect.not.objectContaining({ ownership: expect.anything() }) },
    ],
    [
      "control characters in a serial number",
      { hardwareInfo: { serialNumber: "S\u0000\u202eN" } },
      { identity: "SN" },
    ],
  ])("%s counts as unknown or is cleaned", (_what, more, expected) => {
    expect(readDevice({ ...record, ...more })).toMatchObject(expected);
  });
});

describe("sections of a record", () => {
  test("are only those that it contains", () => {
    expect(readSections(record).map((one) => one.section)).toEqual(["device"]);
    expect(readSections({ name: record.name })).toEqual([]);
  });

  test("tell which apps are there, and not those that were removed", () => {
    const applicationReports = [
      { packageName: "com.a", state: "INSTALLED", versionName: "1.0" },
      { packageName: "com.b", state: "REMOVED" },
    ];
    const [apps] = readSections({ applicationReports });
    expect(apps).toMatchObject({ section: "applications", installed: ["com.a"] });
    expect(apps?.detail).toHaveLength(2);
  });

  test("tell of what apps say only how grave it is: in their own words they may repeat a secret", () => {
    const keyedAppStates = [
      { key: "vpn", severity: "ERROR", message: "hunter2secret is wrong", data: "hunter2secret" },
    ];
    const applicationReports = [{ packageName: "com.a", state: "INSTALLED", keyedAppStates }];
    expect(readSections({ applicationReports })[0]?.detail).toEqual([
      { packageName: "com.a", state: "INSTALLED", keyedAppStates: [{ key: "vpn", severity: "ERROR" }] },
    ]);
  });

  test("the last battery level and the last measured storage count, in whatever order they come", () => {
    const [device] = readSections({
      ...record,
      powerManagementEvents: [
        { eventType: "BATTERY_LEVEL_COLLECTED", createTime: "2026-01-02T02:00:00Z", batteryLevel: 80 },
        { eventType: "BATTERY_LEVEL_COLLECTED", createTime: "2026-01-02T01:00:00Z", batteryLevel: 40 },
        { eventType: "SHUTDOWN", createTime: "2026-01-02T03:00:00Z" },
      ],
      memoryEvents: [
        { eventType: "INTERNAL_STORAGE_MEASURED", createTime: "2026-01-02T01:00:00Z", byteCount: "123" },
      ],
    });
    expect(device?.detail).toMatchObject({ batteryLevel: 80, freeInternalStorage: "123" });
  });
});
