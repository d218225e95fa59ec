import { describe, expect, test } from "vitest";
import type { AppContent } from "../core/granted.ts";
import type { Intent } from "../core/intent.ts";
import { type CommandOptions, isSupported, renderCommand, requestTypeOf } from "./commands.ts";
import { noon } from "./fixture.ts";
import { dictAt, isDict } from "./wire/plist.ts";
import { readPlist } from "./wire/read-plist.ts";

const options: CommandOptions = {
  now: noon,
  substitute: (text) => text.replace("${secret:pin/value}", "123456"),
};

async function render(intent: Intent, more: Partial<CommandOptions> = {}) {
  const command = readPlist(await renderCommand("c-1", intent, { ...options, ...more }));
  if (!isDict(command)) throw new Error("not a dictionary");
  expect(command.CommandUUID).toBe("c-1");
  return dictAt(command, "Command");
}

describe("queries", () => {
  test.each([
    ["security", "SecurityInfo"],
    ["restrictions", "Restrictions"],
    ["applications", "InstalledApplicationList"],
    ["profiles", "ProfileList"],
    ["certificates", "CertificateList"],
    ["managedApps", "ManagedApplicationList"],
  ] as const)("%s asks with %s", async (section, type) => {
    expect(await render({ type: "query", section })).toEqual({ RequestType: type });
  });

  test("the device is asked for what facts need and never for tokens", async () => {
    const command = await render({ type: "query", section: "device" });

    expect(command?.RequestType).toBe("DeviceInformation");
    expect(command?.Queries).toEqual(
      expect.arrayContaining(["ProductName", "OSVersion", "IsSupervised", "SerialNumber"]),
    );
    expect(command?.Queries).not.toContain("PushToken");
  });

  test.each(["ios", "ipados", "macos", "tvos", "watchos", "visionos"])(
    "%s is asked for what Apple's schema has for it",
    async (platform) => {
      const command = await render({ type: "query", section: "device" }, { platform });
      const asked = command?.Queries as string[];

      expect(asked).toEqual(expect.arrayContaining(["OSVersion", "IsSupervised", "SerialNumber"]));
      expect(asked.includes("HostName")).toBe(platform === "macos");
      expect(asked.includes("IMEI")).toBe(platform === "ios" || platform === "ipados");
      expect(asked.includes("BatteryLevel")).toBe(platform !== "tvos");
      expect(asked.includes("TimeZone")).toBe(platform !== "macos");
      expect(new Set(asked).size).toBe(asked.length);
    },
  );

  test("apps are listed without what is dear to compute; a Mac cannot be asked for less", async () => {
    const phone = await render({ type: "query", section: "applications" }, { platform: "ios" });

    expect(phone?.Items).toEqual(expect.arrayContaining(["Identifier", "Name", "ShortVersion", "Version"]));
    expect(phone?.Items).not.toContain("DynamicSize");
    expect(await render({ type: "query", section: "applications" }, { platform: "macos" })).toEqual({
      RequestType: "InstalledApplicationList",
    });
  });

  test("what Apple's devices do not have is said before it is sent", () => {
    const intent = { type: "query", section: "powerEvents" } as const;

    expect(isSupported(intent)).toBe(false);
    expect(() => requestTypeOf(intent)).toThrow("no Apple command");
  });
});

describe("apps", () => {
  const app: AppContent = {
    kind: "App",
    bundleId: "com.example.app",
    source: { type: "bundleId" },
    license: "none",
    removeOnUnenroll: true,
    preventBackup: false,
  };
  const intent = { type: "install", item: "App/x", kind: "App", id: "com.example.app", digest: "d" } as const;

  test("by bundle id, removed with the management", async () => {
    expect(await render(intent, { content: app })).toEqual({
      RequestType: "InstallApplication",
      Identifier: "com.example.app",
      ManagementFlags: 1,
      ChangeManagementState: "Managed",
    });
  });

  test("from the store with a licence, kept out of backups, configured", async () => {
    const content = {
      ...app,
      source: { type: "appStoreId", id: 618783545 },
      license: "device",
      preventBackup: true,
      config: { server: "https://${device.serial}", on: true },
      attributes: { Removable: false },
    } as const;

    expect(
      await render(intent, { content, substitute: (text) => text.replace("${device.serial}", "S1") }),
    ).toEqual({
      RequestType: "InstallApplication",
      iTunesStoreID: 618783545,
      ManagementFlags: 5,
      ChangeManagementState: "Managed",
      Options: { PurchaseMethod: 1 },
      Configuration: { on: true, server: "https://S1" },
      Attributes: { Removable: false },
    });
  });

  test("on a Mac it is managed, and without flags and attributes there is neither key", async () => {
    const content = { ...app, removeOnUnenroll: false, attributes: { Removable: false } };

    expect(await render(intent, { content, platform: "macos" })).toEqual({
      RequestType: "InstallApplication",
      Identifier: "com.example.app",
      ChangeManagementState: "Managed",
      InstallAsManaged: true,
    });
  });

  test("from a manifest, over https only", async () => {
    const source = (url: string) => ({ ...app, source: { type: "manifestUrl", url } }) as const;

    expect(await render(intent, { content: source("https://x/m.plist") })).toMatchObject({
      ManifestURL: "https://x/m.plist",
    });
    await expect(render(intent, { content: source("http://x/m.plist") })).rejects.toThrow("https://");
  });

  test("removal", async () => {
    expect(await render({ type: "remove", item: "App/x", kind: "App", id: "com.example.app" })).toEqual({
      RequestType: "RemoveApplication",
      Identifier: "com.example.app",
    });
  });
});

describe("acts", () => {
  const act = (verb: Extract<Intent, { type: "act" }>["verb"]) => ({ type: "act", act: "a", verb }) as const;

  test("a phone is locked with a message, a Mac with a PIN from a secret", async () => {
    const parameters = { message: "Call us", phoneNumber: "+49 30 1", pin: "${secret:pin/value}" };

    expect(await render(act("lock"), { parameters, platform: "ios" })).toEqual({
      RequestType: "DeviceLock",
      Message: "Call us",
      PhoneNumber: "+49 30 1",
    });
    expect(await render(act("lock"), { parameters, platform: "macos" })).toEqual({
      RequestType: "DeviceLock",
      PIN: "123456",
      Message: "Call us",
      PhoneNumber: "+49 30 1",
    });
  });

  test("a Mac is not locked without six digits, and what was given is not quoted", async () => {
    const rendering = render(act("lock"), { parameters: { pin: "hunter2" }, platform: "macos" });

    await expect(rendering).rejects.toThrow("pin must be six digits");
    await expect(rendering).rejects.not.toThrow(/hunter2/);
  });

  test("a wipe is bare on a phone and never obliterates a Mac", async () => {
    expect(await render(act("wipe"), { platform: "ios" })).toEqual({ RequestType: "EraseDevice" });
    expect(await render(act("wipe"), { platform: "macos" })).toEqual({
      RequestType: "EraseDevice",
      ObliterationBehavior: "DoNotObliterate",
    });
  });

  test("the data plan is kept where there can be one", async () => {
    const parameters = { keepEsim: true };

    expect(await render(act("wipe"), { parameters, platform: "ipados" })).toEqual({
      RequestType: "EraseDevice",
      PreserveDataPlan: true,
    });
    for (const platform of ["macos", "tvos", "visionos"])
      expect(await render(act("wipe"), { parameters, platform })).not.toHaveProperty("PreserveDataPlan");
  });

  test.each([
    ["lock", "tvos"],
    ["shutdown", "tvos"],
    ["reboot", "watchos"],
    ["lostMode", "macos"],
    ["locate", "tvos"],
    ["playSound", "visionos"],
  ] as const)("%s is not sent to %s, which has no such command", async (verb, platform) => {
    const parameters = { message: "m", pin: "123456" };

    await expect(render(act(verb), { parameters, platform })).rejects.toThrow("does not exist on");
  });

  test("restart and shutdown", async () => {
    expect(await render(act("reboot"))).toEqual({ RequestType: "RestartDevice" });
    expect(await render(act("shutdown"))).toEqual({ RequestType: "ShutDownDevice" });
  });

  test.each(["relinquishOwnership", "clearAppData", "audit"] as const)(
    "%s has no command of Apple's",
    (verb) => {
      expect(isSupported(act(verb))).toBe(false);
    },
  );
});

test("the end of management is a command of its own, and removes the enrollment profile", async () => {
  expect(await render({ type: "act", act: "a", verb: "unenroll" })).toEqual({
    RequestType: "RemoveProfile",
    Identifier: "reeve.enrollment",
  });
});

describe("the enrollment profile", () => {
  test.each(["reeve.enrollment", "reeve.enrollment.mdm", "REEVE.Enrollment", "reeve.enrollment.anything"])(
    "%s is never removed, whatever asks for it",
    async (id) => {
      await expect(render({ type: "remove", item: "Profile/x", kind: "Profile", id })).rejects.toThrow(
        "must not be removed",
      );
      await expect(
        render({ type: "act", act: "a", verb: "removeProfile" }, { parameters: { identifier: id } }),
      ).rejects.toThrow("must not be removed");
      await expect(
        render(
          { type: "act", act: "a", verb: "removeProfile" },
          { parameters: { identifier: "${x}" }, substitute: () => id },
        ),
      ).rejects.toThrow("must not be removed");
    },
  );

  test("other profiles are", async () => {
    expect(
      await render({ type: "remove", item: "Profile/x", kind: "Profile", id: "reeve.enrollments" }),
    ).toEqual({
      RequestType: "RemoveProfile",
      Identifier: "reeve.enrollments",
    });
  });
});
