import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import type { Member } from "../../simulator/fleet.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { device, type Files, operation, organization, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const png = readFileSync(
  join(import.meta.dirname, "..", "..", "..", "examples", "everything", "pictures", "acme.png"),
);
const jpeg = Buffer.concat([Buffer.from("ffd8ffe000104a464946", "hex"), Buffer.from("not the same picture")]);
const members: readonly Member[] = [
  { serial: "PHONE", platform: "ios", name: "PHONE" },
  { serial: "OWN", platform: "ios", name: "OWN", supervised: false },
  { serial: "PAD", platform: "ipados", name: "PAD", shared: true },
  { serial: "OLD", platform: "ipados", name: "OLD", shared: true, osVersion: "16.5" },
  { serial: "MAC", platform: "macos", name: "MAC" },
];
const quiet: Files = {
  "org.yaml": organization,
  "quiet.yaml": policy("inventory: []"),
  "devices.yaml": members
    .map(({ serial }) => device(serial.toLowerCase(), serial, "ownership: company"))
    .join("---\n"),
};
const wallpaper = (name: string, target: string, where = "lock") =>
  operation(name, `devices: [${target}]`, `settings: {wallpaper: {image: pictures/acme, where: ${where}}}`);

test.each(stores)(
  "on $name settings reach the devices that have them, and others are refused",
  async (stores) => {
    await using house = await install({ stores, files: quiet, devices: members });
    await house.enroll();
    await house.settle();
    const sessions =
      "defaultDomains: [acme.example], onlineAuthenticationDays: 7, skipLanguageSetup: true, awaitUserConfiguration: true, passcodeGracePeriod: 60, autoLockSeconds: 300, residentUsers: 4";
    house.commit({
      ...quiet,
      "pictures/acme": png,
      "acts.yaml": [
        wallpaper("phone", "phone"),
        wallpaper("own", "own"),
        wallpaper("mac", "mac"),
        operation("bold", "devices: [phone]", "settings: {accessibility: {boldText: true}}"),
        operation("bold-shared", "devices: [pad]", "settings: {accessibility: {boldText: true}}"),
        operation("shared", "devices: [pad]", `settings: {sharedIpad: {${sessions}}}`),
        operation(
          "old",
          "devices: [old]",
          "settings: {sharedIpad: {defaultDomains: [acme.example], autoLockSeconds: 300}}",
        ),
        operation("not-shared", "devices: [phone]", "settings: {sharedIpad: {residentUsers: 4}}"),
        operation(
          "token",
          "devices: [mac]",
          "settings: {activationLock: true, promptForBootstrapToken: true}",
        ),
        operation("token-phone", "devices: [phone]", "settings: {promptForBootstrapToken: true}"),
      ].join("---\n"),
    });
    await house.settle();

    const phone = house.device("PHONE").snapshot().settings;
    expect(phone.Wallpaper).toEqual({ Image: png, Where: 1 });
    expect(phone.AccessibilitySettings).toEqual({ BoldTextEnabled: true });
    expect(house.device("PAD").snapshot().settings).toEqual({
      SharedDeviceConfiguration: {
        ManagedAppleIDDefaultDomains: ["acme.example"],
        OnlineAuthenticationGracePeriod: 7,
        SkipLanguageAndLocaleSetupForNewUsers: true,
        AwaitUserConfiguration: { Enabled: true },
        PasscodePolicy: { PasscodeLockGracePeriod: 60, AutoLockTime: 300 },
        ResidentUsers: 4,
      },
    });
    expect(house.device("MAC").snapshot().settings).toEqual({
      MDMOptions: {
        MDMOptions: {
          ActivationLockAllowedWhileSupervised: true,
          PromptUserToAllowBootstrapTokenForAuthentication: true,
        },
      },
    });
    expect(
      house
        .device("PHONE")
        .ledger.of("executed")
        .map((one) => one.effect),
    ).toEqual(expect.arrayContaining(["set Wallpaper", "set AccessibilitySettings"]));
    expect(await refusals(house)).toEqual({
      "Operation/own@1": "wallpaper needs a supervised device",
      "Operation/mac@1": "wallpaper does not exist on macOS",
      "Operation/bold-shared@1": "accessibility exists for users and not for devices",
      "Operation/old@1": "sharedIpad.autoLockSeconds needs iPadOS 17.0",
      "Operation/not-shared@1": "sharedIpad needs a Shared iPad",
      "Operation/token-phone@1": "promptForBootstrapToken does not exist on iOS",
    });
    expect(house.device("OLD").snapshot().settings).toEqual({});
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name an approval is one of exactly this picture", async (stores) => {
  await using house = await install({ stores, files: quiet, devices: members.slice(0, 1), disruptive: 0 });
  await house.enroll();
  await house.settle();
  const act = { "acts.yaml": wallpaper("phone", "phone", "both") };
  house.commit({ ...quiet, ...act, "pictures/acme": png });
  await house.settle();
  const [hold] = await viewHolds(house.looking);
  expect(hold).toMatchObject({ act: "Operation/phone@1", status: "held" });

  // Nothing but the picture is another one: whoever approves now approves what is no longer asked for.
  house.commit({ ...quiet, ...act, "pictures/acme": jpeg });
  await house.settle();
  expect(await viewHolds(house.looking)).toEqual([]);
  await expect(
    approveHold(house.looking, hold?.digest ?? "", { name: "it-duty" }, undefined),
  ).rejects.toThrow();
  await house.settle();
  expect(house.device("PHONE").snapshot().settings).toEqual({});
  expect(await listActs(house.store, 5)).toMatchObject([{ statuses: { cancelled: 1 } }]);

  house.commit({ ...quiet, "acts.yaml": `${act["acts.yaml"]}  generation: 2\n`, "pictures/acme": jpeg });
  await house.settle();
  const [again] = await viewHolds(house.looking);
  await approveHold(house.looking, again?.digest ?? "", { name: "it-duty" }, undefined);
  await house.settle();
  expect(house.device("PHONE").snapshot().settings.Wallpaper).toEqual({ Image: jpeg, Where: 3 });
});

async function refusals(house: Installation): Promise<Record<string, string>> {
  const events = await listEvents(house.store, { types: ["act.refused"], limit: 50 });
  return Object.fromEntries(events.map((one) => [one.subject ?? "", one.message]));
}
