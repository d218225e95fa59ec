import { expect, test } from "vitest";
import { profileOf, restrictionsProfile, testBed } from "./test-bed.ts";

/** Where a real device is strict, the simulated one must not be lenient: it is the judge of all journeys. */
const app = { RequestType: "InstallApplication", iTunesStoreID: 618783545 };
const slack = "com.tinyspeck.chatlyio";

test.each([
  ["ios", { RequestType: "DeviceLock", PIN: "123456" }, "PIN is no key on ios"],
  ["macos", { ...app, Attributes: {} }, "Attributes is no key on macos"],
  ["ios", { ...app, ManagementFlags: 0 }, "ManagementFlags is 0, which is not among its values"],
  ["ios", { ...app, ManagementFlags: 1.5 }, "ManagementFlags is a real"],
  ["macos", { RequestType: "DeviceInformation", Queries: ["IMEI"] }, "IMEI is no query on macos"],
  ["tvos", { RequestType: "EraseDevice", PreserveDataPlan: true }, "PreserveDataPlan is no key on tvos"],
  [
    "ios",
    { RequestType: "RemoveProfile", Identifier: "a", Force: true },
    "Force is not a key of RemoveProfile",
  ],
] as const)("%s minds what Apple's schema does not have for it", async (platform, command, detail) => {
  const { ask, device } = await testBed({ platform });

  await ask(command);

  expect(device.ledger.of("violation")).toMatchObject([{ rule: "command-shape", detail }]);
});

test("what the user did not grant is refused, whatever the command says", async () => {
  const { server, device, world } = await testBed();
  const lesser = await device.enroll(server.enrollmentProfile({ AccessRights: 8183 }));
  const uuid = server.queue(device.udid, { RequestType: "EraseDevice" });
  await device.connect();
  await world.settle(60_000);

  expect(lesser.ok).toBe(true);
  expect(server.results(uuid)).toMatchObject([{ Status: "Error", ErrorChain: [{ ErrorCode: 12007 }] }]);
  expect(device.ledger.of("erased")).toEqual([]);
});

test("only an unsupervised phone says which profiles are managed, and only there is the user's own safe", async () => {
  const entry = async (supervised: boolean) => {
    const bed = await testBed({ supervised });
    bed.device.user.installProfile(restrictionsProfile("own", "0"));
    const [list] = await bed.ask({ RequestType: "ProfileList" });
    const [removed] = await bed.ask({ RequestType: "RemoveProfile", Identifier: "own" });
    const [replaced] = await bed.ask({
      RequestType: "InstallProfile",
      Payload: restrictionsProfile("own", "1"),
    });
    const own = ((list?.ProfileList ?? []) as Record<string, unknown>[]).find(
      (one) => one.PayloadIdentifier === "own",
    );
    return [own?.IsManaged, removed?.Status, replaced?.Status];
  };

  expect(await entry(false)).toEqual([false, "Error", "Error"]);
  expect(await entry(true)).toEqual([undefined, "Acknowledged", "Acknowledged"]);
});

test("no user removes what management installed; the own goes with its password", async () => {
  const { ask, device } = await testBed();
  const locked = profileOf(
    "own",
    "0",
    [{ PayloadType: "com.apple.profileRemovalPassword", RemovalPassword: "open" }],
    { PayloadRemovalDisallowed: true, HasRemovalPasscode: true },
  );
  await ask({ RequestType: "InstallProfile", Payload: restrictionsProfile("a", "1") });
  device.user.installProfile(locked);

  expect(device.user.removeProfile("a")).toBe(false);
  expect(device.user.removeProfile("own")).toBe(false);
  expect(device.user.removeProfile("own", { password: "wrong" })).toBe(false);
  expect(device.user.removeProfile("own", { password: "open" })).toBe(true);
});

test("an update is asked for on an unsupervised device, and refused it changes nothing", async () => {
  const { ask, device, world } = await testBed({
    supervised: false,
    user: { prompts: "accept", promptMs: [100, 200] },
  });
  const configured = (server: string) =>
    ask({ ...app, ManagementFlags: 1, Configuration: { server }, ChangeManagementState: "Managed" });
  const status = async () => {
    const [result] = await ask({ RequestType: "ManagedApplicationList" });
    return ((result?.ManagedApplicationList ?? {}) as Record<string, { Status: string }>)[slack]?.Status;
  };
  await configured("one");
  await world.advance(5_000);
  device.user.behave({ prompts: "reject", promptMs: [100, 200] });
  await configured("two");
  const asked = await status();
  await world.advance(5_000);

  expect([asked, await status(), await status()]).toEqual([
    "PromptingForUpdate",
    "UpdateRejected",
    "Managed",
  ]);
  expect(device.snapshot().apps[slack]?.configuration).toEqual({ server: "one" });
});

test("lost mode: for supervised phones, with something to say, and the rest only while it is on", async () => {
  const { ask, device } = await testBed();
  const code = async (command: Record<string, unknown> & { RequestType: string }) => {
    const [result] = await ask(command);
    return (result?.ErrorChain as { ErrorCode: number }[] | undefined)?.[0]?.ErrorCode ?? result?.Status;
  };

  expect(await code({ RequestType: "DeviceLocation" })).toBe(12067);
  expect(await code({ RequestType: "EnableLostMode" })).toBe(12066);
  expect(await code({ RequestType: "EnableLostMode", Message: "Found me?" })).toBe("Acknowledged");
  expect(await code({ RequestType: "PlayLostModeSound" })).toBe("Acknowledged");
  expect((await ask({ RequestType: "DeviceLocation" }))[0]).toMatchObject({ Latitude: 52.5163 });
  expect((await ask({ RequestType: "DeviceLock", Message: "m" }))[0]).toMatchObject({
    MessageResult: "DeviceInLostMode",
  });
  expect(device.snapshot().lost).toEqual({ message: "Found me?" });
  expect(await code({ RequestType: "DisableLostMode" })).toBe("Acknowledged");
  expect(await code({ RequestType: "DisableLostMode" })).toBe(12067);
});

test("what a device never puts off, it does not put off by script either; a Mac in Power Nap puts off more", async () => {
  const status = async (platform: "ios" | "macos", RequestType: string) => {
    const { ask, device } = await testBed({ platform });
    device.faults.add({ kind: "not-now", requestType: RequestType });
    const [result] = await ask({ RequestType });
    return result?.Status;
  };

  expect(await status("ios", "ProfileList")).toBe("Acknowledged");
  expect(await status("macos", "ProfileList")).toBe("NotNow");
  expect(await status("ios", "EraseDevice")).toBe("Acknowledged");
  expect(await status("macos", "EraseDevice")).toBe("Acknowledged");
});

test("a restart loses nothing: profiles, apps, lost mode and management are there afterwards", async () => {
  const { ask, device, world } = await testBed();
  await ask({ RequestType: "InstallProfile", Payload: restrictionsProfile("a", "1") });
  await ask({ ...app, ManagementFlags: 1 });
  await ask({ RequestType: "EnableLostMode", Message: "Found me?" });
  await world.advance(10_000);
  const before = device.snapshot();

  await ask({ RequestType: "RestartDevice" });
  await world.advance(60_000);

  expect(device.snapshot()).toEqual(before);
  expect(device.isOnline()).toBe(true);
});
