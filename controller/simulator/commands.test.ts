import { expect, test } from "vitest";
import { profileOf, restrictionsProfile, testBed } from "./test-bed.ts";

test("a profile is installed, listed, replaced in place and removed", async () => {
  const { device, ask } = await testBed();
  const list = async (more = {}) => {
    const [result] = await ask({ RequestType: "ProfileList", ...more });
    return ((result?.ProfileList ?? []) as Record<string, unknown>[]).map((one) => [
      one.PayloadIdentifier,
      one.PayloadUUID,
    ]);
  };
  device.user.installProfile(restrictionsProfile("own", "0"));

  await ask({ RequestType: "InstallProfile", Payload: restrictionsProfile("a", "1") });
  await ask({ RequestType: "InstallProfile", Payload: restrictionsProfile("b", "1") });
  await ask({ RequestType: "InstallProfile", Payload: restrictionsProfile("a", "2") });
  const listed = await list({ ManagedOnly: true });
  const all = await list();
  await ask({ RequestType: "RemoveProfile", Identifier: "b" });

  expect(listed).toEqual([
    ["test.enrollment", "uuid-top"],
    ["a", "2"],
    ["b", "1"],
  ]);
  expect(all).toContainEqual(["own", "0"]);
  expect(Object.keys(device.snapshot().profiles).sort()).toEqual(["a", "own", "test.enrollment"]);
  expect(device.ledger.of("executed").map((entry) => entry.effect)).toEqual([
    "installed profile a 1",
    "installed profile b 1",
    "replaced profile a 2",
    "removed profile b",
  ]);
});

test.each([
  ["a profile nobody installed", { RequestType: "RemoveProfile", Identifier: "nowhere" }, 12008],
  ["bytes that are no profile", { RequestType: "InstallProfile", Payload: Buffer.from("<plist/>") }, 4001],
  [
    "an app that is not managed",
    { RequestType: "RemoveApplication", Identifier: "com.example.own.bahn0" },
    12029,
  ],
  [
    "two sources of an app",
    { RequestType: "InstallApplication", Identifier: "a.b", iTunesStoreID: 5 },
    12024,
  ],
  [
    "an unlock token of another device",
    { RequestType: "ClearPasscode", UnlockToken: Buffer.from("x") },
    12056,
  ],
])("%s is refused with an error chain", async (_, command, code) => {
  const { ask, device } = await testBed();
  const before = device.snapshot();

  const [result] = await ask(command);

  const [first] = (result?.ErrorChain ?? []) as { ErrorCode: number }[];
  expect([result?.Status, first?.ErrorCode]).toEqual(["Error", code]);
  expect(device.snapshot()).toEqual(before);
});

test("restrictions in force are reported, the strictest winning, and only those that count here", async () => {
  const { device, ask } = await testBed({ supervised: false });
  await ask({
    RequestType: "InstallProfile",
    Payload: restrictionsProfile("a", "1", { allowScreenShot: true, allowAppRemoval: false }),
  });
  await ask({
    RequestType: "InstallProfile",
    Payload: restrictionsProfile("b", "2", { allowScreenShot: false }),
  });

  const [result] = await ask({ RequestType: "Restrictions", ProfileRestrictions: true });

  expect(result?.GlobalRestrictions).toEqual({
    restrictedBool: { allowScreenShot: { value: false } },
    restrictedValue: {},
  });
  expect(result?.ProfileRestrictions).toHaveProperty("a.restrictedBool.allowScreenShot.value", true);
  expect(device.ledger.of("violation")).toEqual([]);
});

test("DeviceInformation answers what was asked and what this device has", async () => {
  const { ask, device } = await testBed({ platform: "macos", name: "MAC-01" });

  const [result] = await ask({
    RequestType: "DeviceInformation",
    Queries: ["SerialNumber", "IMEI", "DeviceName", "HostName"],
  });

  expect(result?.QueryResponses).toEqual({
    SerialNumber: device.serial,
    DeviceName: "MAC-01",
    HostName: "MAC-01.local",
  });
});

test("a supervised device installs silently: Queued and Installing before Managed", async () => {
  const { world, ask, device } = await testBed({ installMs: [5_000, 5_000] });
  const status = async () => {
    const [result] = await ask({ RequestType: "ManagedApplicationList" });
    return ((result?.ManagedApplicationList ?? {}) as Record<string, { Status: string }>)[
      "com.tinyspeck.chatlyio"
    ]?.Status;
  };

  const [accepted] = await ask({
    RequestType: "InstallApplication",
    iTunesStoreID: 618783545,
    ManagementFlags: 1,
  });
  const during = await status();
  const [second] = await ask({ RequestType: "InstallApplication", iTunesStoreID: 618783545 });
  await world.advance(5_000);
  const after = await status();
  await ask({ RequestType: "RemoveApplication", Identifier: "com.tinyspeck.chatlyio" });

  expect(accepted).toMatchObject({
    Status: "Acknowledged",
    Identifier: "com.tinyspeck.chatlyio",
    State: "Installing",
  });
  expect(second).toMatchObject({ Status: "Error", RejectionReason: "AppAlreadyQueued" });
  expect([during, after]).toEqual(["Installing", "Managed"]);
  expect(device.snapshot().apps["com.tinyspeck.chatlyio"]).toBeUndefined();
});

test("on an unsupervised device the user decides, and a rejection is reported once", async () => {
  const { world, ask, device } = await testBed({ supervised: false, user: { prompts: "ignore" } });
  const list = async () => (await ask({ RequestType: "ManagedApplicationList" }))[0]?.ManagedApplicationList;

  const [asked] = await ask({ RequestType: "InstallApplication", Identifier: "com.acme.crm" });
  await world.advance(86_400_000);
  const ignored = await list();
  device.user.answerPrompt("com.acme.crm", "reject");
  const rejected = await list();
  const forgotten = await list();
  device.user.behave({ prompts: "accept" });
  await ask({ RequestType: "InstallApplication", Identifier: "com.acme.crm" });
  await world.advance(60_000);

  expect(asked?.State).toBe("Prompting");
  expect(ignored).toHaveProperty(["com.acme.crm", "Status"], "Prompting");
  expect(rejected).toHaveProperty(["com.acme.crm", "Status"], "UserRejected");
  expect(forgotten).toEqual({});
  expect(device.snapshot().managedApps).toEqual({ "com.acme.crm": "Managed" });
});

test("the user's own app is taken over only when management asks for that", async () => {
  const { ask, device } = await testBed();
  device.user.installApp("com.acme.crm");

  const [plain] = await ask({ RequestType: "InstallApplication", Identifier: "com.acme.crm" });
  const [taken] = await ask({
    RequestType: "InstallApplication",
    Identifier: "com.acme.crm",
    ChangeManagementState: "Managed",
  });

  expect(plain).toMatchObject({ RejectionReason: "AppAlreadyInstalled", ErrorChain: [{ ErrorCode: 12025 }] });
  expect(taken).toMatchObject({ Status: "Acknowledged", State: "Managed" });
  expect(device.snapshot().apps["com.acme.crm"]).toMatchObject({ managed: true });
});

test("a managed app that the user removes is ManagedButUninstalled and comes back when asked for", async () => {
  const { world, ask, device } = await testBed();
  const manifest = {
    RequestType: "InstallApplication",
    ManifestURL: "https://apps.example.com/crm/manifest.plist",
  };
  const [accepted] = await ask(manifest);
  await world.advance(10_000);
  const bundleId = accepted?.Identifier as string;

  const done = device.user.removeApp(bundleId);
  const afterwards = device.snapshot();
  await ask(manifest);
  await world.advance(10_000);

  expect(bundleId).toBe("com.example.apps.crm");
  expect(done).toBe(true);
  expect(afterwards.managedApps).toEqual({ [bundleId]: "ManagedButUninstalled" });
  expect(afterwards.apps[bundleId]).toBeUndefined();
  expect(device.snapshot().apps[bundleId]).toMatchObject({ managed: true, installing: false });
});

test("an app that is not removable stays, and a scripted failure is reported", async () => {
  const { world, ask, device } = await testBed();
  device.scriptApp("com.acme.bad", "Failed");

  await ask({
    RequestType: "InstallApplication",
    Identifier: "com.acme.crm",
    Attributes: { Removable: false },
  });
  await ask({ RequestType: "InstallApplication", Identifier: "com.acme.bad" });
  await world.advance(10_000);

  expect(device.user.removeApp("com.acme.crm")).toBe(false);
  expect(device.snapshot().managedApps).toEqual({ "com.acme.crm": "Managed", "com.acme.bad": "Failed" });
});

test("InstalledApplicationList can be long and can be narrowed", async () => {
  const { ask } = await testBed({ ownApps: 420 });

  const [all] = await ask({ RequestType: "InstalledApplicationList" });
  const [narrow] = await ask({
    RequestType: "InstalledApplicationList",
    Identifiers: ["com.example.own.bahn0"],
    Items: ["Identifier", "Name"],
  });

  expect(all?.InstalledApplicationList).toHaveLength(420);
  expect(narrow?.InstalledApplicationList).toEqual([{ Identifier: "com.example.own.bahn0", Name: "Bahn" }]);
});

test("CertificateList shows the identity and what profiles bring", async () => {
  const { ask, server, device } = await testBed();
  const root = { PayloadType: "com.apple.security.root", PayloadContent: Buffer.from(server.caPem) };
  await ask({ RequestType: "InstallProfile", Payload: profileOf("ca", "1", [root]) });

  const [result] = await ask({ RequestType: "CertificateList" });

  const listed = (result?.CertificateList ?? []) as Record<string, unknown>[];
  expect(listed.map((one) => [one.CommonName, one.IsIdentity])).toEqual([
    ["device 2", true],
    ["Scripted CA", false],
  ]);
  expect(device.snapshot().certificates).toHaveLength(2);
});

test("DeviceLock shows its message; a Mac wants six digits", async () => {
  const phone = await testBed();
  const mac = await testBed({ platform: "macos" });

  const [locked] = await phone.ask({ RequestType: "DeviceLock", Message: "Lost", PhoneNumber: "+49 30 1" });
  const [refusedMac] = await mac.ask({ RequestType: "DeviceLock", PIN: "12" });
  const [lockedMac] = await mac.ask({ RequestType: "DeviceLock", PIN: "123456" });

  expect(locked).toMatchObject({ Status: "Acknowledged", MessageResult: "Success" });
  expect(phone.device.snapshot().lock).toEqual({ message: "Lost", phoneNumber: "+49 30 1" });
  expect([refusedMac?.Status, lockedMac?.Status]).toEqual(["Error", "Acknowledged"]);
});
