import { describe, expect, test } from "vitest";
import { sections } from "../core/granted.ts";
import { makeAuthority } from "./fixture.ts";
import { observe } from "./observe.ts";
import { Real } from "./wire/plist.ts";

test("a section that the answer does not contain stays unknown", () => {
  for (const section of sections) expect(observe(section, { Status: "Acknowledged" })).toBeUndefined();
  expect(observe("profiles", { ProfileList: "none" })).toBeUndefined();
  expect(observe("profiles", { ProfileList: ["none"] })).toBeUndefined();
  expect(observe("managedApps", { ManagedApplicationList: [] })).toBeUndefined();
});

test("an empty list is known to be empty", () => {
  expect(observe("profiles", { ProfileList: [] })).toMatchObject({ profiles: {} });
  expect(observe("managedApps", { ManagedApplicationList: {} })).toMatchObject({ apps: {} });
});

describe("the device", () => {
  test.each([
    ["iPhone17,3", "ios"],
    ["iPod9,1", "ios"],
    ["iPad14,8", "ipados"],
    ["Mac15,12", "macos"],
    ["MacBookPro18,1", "macos"],
    ["iMac21,1", "macos"],
    ["AppleTV14,1", "tvos"],
    ["Watch7,1", "watchos"],
    ["RealityDevice14,1", "visionos"],
  ])("%s is %s", (product, platform) => {
    expect(observe("device", { QueryResponses: { ProductName: product } })?.facts).toMatchObject({
      platform: { value: platform, source: "reported" },
      model: { value: product, source: "reported" },
    });
  });

  test("an unknown product has no platform, and what is not reported is no fact", () => {
    const facts = observe("device", { QueryResponses: { ProductName: "Toaster1,1" } })?.facts;

    expect(Object.keys(facts ?? {})).toEqual(["model"]);
  });

  test("supervision is the mode", () => {
    expect(observe("device", { QueryResponses: { IsSupervised: true } })?.facts).toEqual({
      mode: { value: "supervised", source: "reported" },
    });
    expect(observe("device", { QueryResponses: { IsSupervised: false } })?.facts?.mode?.value).toBe(
      "unsupervised",
    );
    expect(observe("device", { QueryResponses: { IsSupervised: "yes" } })?.facts).toEqual({});
  });

  test("detail is safe JSON and keeps keys that nobody knows", () => {
    const detail = observe("device", {
      QueryResponses: {
        BatteryLevel: new Real(0.5),
        Odd: new Real(Number.NaN),
        When: new Date("2026-11-01T00:00:00Z"),
        Wide: 2n ** 60n,
        PushToken: Buffer.from("secret"),
        Name: "a\u0000\u001b[31m\u202eb",
        New: [{ inner: true }],
      },
    })?.detail;

    expect(JSON.parse(JSON.stringify(detail))).toEqual({
      BatteryLevel: 0.5,
      Odd: "NaN",
      When: "2026-11-01T00:00:00.000Z",
      Wide: "1152921504606846976",
      PushToken: "6 bytes",
      Name: "a[31mb",
      New: [{ inner: true }],
    });
  });
});

describe("profiles", () => {
  const ours = { PayloadIdentifier: "com.example.wifi", PayloadUUID: "U-1" };
  const users = { PayloadIdentifier: "com.example.own", PayloadUUID: "U-2", IsManaged: false };

  test("only an explicit no makes a profile unmanaged; people see all", () => {
    const observation = observe("profiles", {
      ProfileList: [ours, { ...ours, PayloadIdentifier: "b", IsManaged: true }, users],
    });

    expect(observation?.profiles).toEqual({ "com.example.wifi": "U-1", b: "U-1" });
    expect(observation?.detail).toHaveLength(3);
  });

  test("a profile that cannot be named makes the whole list unknown, for it could be any", () => {
    expect(observe("profiles", { ProfileList: [ours, { PayloadUUID: "U-3" }] })).toBeUndefined();
  });
});

test("managed apps with their states, also those nobody knows", () => {
  const observation = observe("managedApps", {
    ManagedApplicationList: {
      "com.a": { Status: "Managed" },
      "com.b": { Status: "UserRejected" },
      "com.c": {},
      "com.d": "odd",
    },
  });

  expect(observation?.apps).toEqual({
    "com.a": { status: "Managed" },
    "com.b": { status: "UserRejected" },
    "com.c": { status: "Unknown" },
    "com.d": { status: "Unknown" },
  });
});

test("certificates are read, and those that cannot be are still listed", async () => {
  const { certificate } = await makeAuthority();
  const observation = observe("certificates", {
    CertificateList: [
      { CommonName: "CA", IsIdentity: false, Data: certificate.raw },
      { CommonName: "Broken", IsIdentity: true, Data: Buffer.from("x") },
    ],
  });

  expect(observation?.detail).toMatchObject([
    {
      subject: "O=Acme, CN=Acme device identities",
      notAfter: certificate.validToDate.toISOString(),
      isIdentity: false,
    },
    { commonName: "Broken", isIdentity: true, error: "not a certificate" },
  ]);
});
