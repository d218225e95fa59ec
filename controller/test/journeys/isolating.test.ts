import { expect, test } from "vitest";
import { topicOf } from "../../core/notice.ts";
import { noteStanding } from "../../loop/concerns.ts";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { listEvents } from "../../store/events.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { type Files, files, marker, organizationWith, policy, profile } from "../manifests.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");

const wifi = (password: string) =>
  profile("wifi", `type: com.apple.wifi.managed, content: {SSID_STR: Corp, Password: ${password}}`);
const revision = (password: string, uses = "{name: wifi}, {name: a}", word = ""): Files =>
  files({
    "org.yaml": organizationWith(`budgets: {isolating: {devices: 1}}${word}`),
    "items.yaml": [wifi(password), marker("a")].join("---\n"),
    "policy.yaml": policy(`profiles: [${uses}]`),
  });
const word = ", allowIsolating: [{profile: wifi, reason: the site is closed}]";

test("the only Wi-Fi of a device without a SIM changes within a budget, and goes only when a manifest says the word", async () => {
  await using house = await install({
    stores: store,
    files: revision("first"),
    devices: [
      { serial: "PAD-1", platform: "ipados", supervised: true },
      { serial: "PAD-2", platform: "ipados", supervised: true },
      { serial: "PHONE", platform: "ios", supervised: true, iccid: "8949020000000000001" },
    ],
  });
  await house.enroll();
  await house.settle();
  const passwords = () => house.fleet.devices.map((device) => passwordOf(device.snapshot().profiles));
  expect(passwords()).toEqual(["first", "first", "first"]);

  // A new password waits for room, and for nothing else.
  house.commit(revision("second"));
  await house.settle();
  expect(passwords().toSorted()).toEqual(["first", "second", "second"]);
  expect(passwords()[2]).toBe("second");
  expect(await conditions(house)).toContainEqual(
    "Held RemovalHeld Profile/wifi stays: isolating budget used up",
  );
  await noteStanding(house.looking, { warnings: [], stalled: [], source: { description: "" } });
  const [told] = await listEvents(house.store, { types: ["isolating."], limit: 5 });
  expect(told?.message).toBe(
    "1 device keeps its network or trusted certificates: the isolating budget is used up",
  );
  expect(topicOf(told ?? { type: "", message: "" })).toBe("budget");
  await house.pass(2 * 3_600_000, 600_000);
  expect(passwords()).toEqual(["second", "second", "second"]);

  // A profile without its network is not the way around it, and neither is a policy without the profile.
  const emptied = { ...revision("second"), "items.yaml": [marker("wifi"), marker("a")].join("---\n") };
  for (const gone of [emptied, revision("second", "{name: a}")]) {
    house.commit(gone);
    await house.settle();
    expect(passwords().slice(0, 2)).toEqual(["second", "second"]);
    expect(passwords()[2]).toBeUndefined();
    expect((await conditions(house)).filter((one) => one.startsWith("Held"))).toEqual(
      Array(2).fill(
        "Held RemovalHeld Profile/wifi stays: it may be the last network of the device, and allowIsolating does not name it",
      ),
    );
  }

  const allowed = revision("second", "{name: a}", word);
  const plan = await planned(house, allowed);
  expect(plan.isolating).toEqual({ devices: 1, budget: 1, used: 0 });
  expect(
    plan.entries.map(({ action, key, devices, risk, reason }) => [action, key, devices, risk, reason]),
  ).toEqual([
    ["remove", "Profile/wifi", 1, "isolating", undefined],
    ["hold", "Profile/wifi", 1, undefined, "isolating budget used up"],
  ]);
  house.commit(allowed);
  await house.settle();
  expect(passwords().filter((one) => one === undefined)).toHaveLength(2);
  await house.pass(2 * 3_600_000, 600_000);
  expect(passwords()).toEqual([undefined, undefined, undefined]);
  expect(new Set(await conditions(house))).toEqual(new Set(["Ready AsDeclared "]));
  expect(house.fleet.violations()).toEqual([]);
});

test("the only Wi-Fi of devices that another comes for, under another name, goes within the budget, and not before that is there", async () => {
  await using house = await install({
    stores: store,
    files: revision("first"),
    devices: ["1", "2", "3"].map((n) => ({ serial: `PAD-${n}`, platform: "ipados", supervised: true })),
  });
  await house.enroll();
  await house.settle();
  const replaced = revision("first", "{name: wifi2}, {name: a}");
  const wifi2 = wifi("mistyped").replace("name: wifi", "name: wifi2");
  const next = { ...replaced, "items.yaml": [wifi2, marker("a")].join("---\n") };
  const plan = await planned(house, next);
  expect(plan.isolating).toEqual({ devices: 1, budget: 1, used: 0 });
  expect(
    plan.entries.map(({ action, key, devices, risk, reason }) => [action, key, devices, risk, reason]),
  ).toEqual([
    ["install", "Profile/wifi2", 3, undefined, undefined],
    ["remove", "Profile/wifi", 1, "isolating", undefined],
    ["hold", "Profile/wifi", 2, undefined, "isolating budget used up"],
  ]);

  house.commit(next);
  const onlyNew = () =>
    house.fleet.devices.filter((device) => {
      const ids = Object.keys(device.snapshot().profiles);
      expect(ids.some((id) => id.includes("wifi"))).toBe(true);
      return !ids.includes("reeve.profile.wifi");
    });
  await house.settle();
  await house.pass(30 * 60_000, 600_000);
  expect(onlyNew()).toHaveLength(1);
  expect((await conditions(house)).filter((one) => one.startsWith("Held"))).toEqual(
    Array(2).fill("Held RemovalHeld Profile/wifi stays: isolating budget used up"),
  );
  await house.pass(3 * 3_600_000, 600_000);
  expect(onlyNew()).toHaveLength(3);
  expect(house.fleet.violations()).toEqual([]);
});

test("what is declared under the name of a Wi-Fi that left goes to all devices but those that have nothing else", async () => {
  await using house = await install({
    stores: store,
    files: revision("first"),
    devices: ["1", "2"].map((n) => ({ serial: `PAD-${n}`, platform: "ipados", supervised: true })),
  });
  await house.enroll();
  await house.settle();
  const [stuck, fine] = ["PAD-1", "PAD-2"].map((serial) => house.device(serial));
  if (stuck === undefined || fine === undefined) throw new Error("there are no devices");
  const subject = "reeve.profile.wifi2";
  stuck.faults.add({ kind: "refuse-profile", subject, times: 1000 });
  const wifi2 = wifi("mistyped").replace("name: wifi", "name: wifi2");
  const items = (...more: readonly string[]) => [wifi2, marker("a"), ...more].join("---\n");
  house.commit({ ...revision("first", "{name: wifi2}, {name: a}"), "items.yaml": items() });
  await house.settle();
  await house.pass(3 * 3_600_000, 600_000);
  const wifis = (device: typeof stuck) =>
    Object.keys(device.snapshot().profiles).filter((id) => id.includes("wifi"));
  expect([wifis(stuck), wifis(fine)]).toEqual([["reeve.profile.wifi"], [subject]]);

  const reused = revision("first", "{name: wifi2}, {name: wifi}, {name: a}");
  house.commit({ ...reused, "items.yaml": items(marker("wifi")) });
  await house.settle();
  await house.pass(3 * 3_600_000, 600_000);
  expect(wifis(fine).toSorted()).toEqual(["reeve.profile.wifi", subject]);
  expect([wifis(stuck), passwordOf(stuck.snapshot().profiles)]).toEqual([["reeve.profile.wifi"], "first"]);
  expect(await conditions(house)).toEqual(["Stalled Failing ", "Ready AsDeclared "]);
  const { items: told } = await viewExplanation(house.looking, "PAD-1", "Profile/wifi");
  expect(told).toMatchObject([
    { state: "waiting", detail: expect.stringMatching(/^waits until Profile.wifi2 is there/) },
  ]);

  stuck.faults.clear("refuse-profile");
  await house.pass(26 * 3_600_000, 3_600_000);
  expect(wifis(stuck).toSorted()).toEqual(["reeve.profile.wifi", subject]);
  expect(passwordOf(stuck.snapshot().profiles)).toBe("mistyped");
  expect(await conditions(house)).toEqual(["Ready AsDeclared ", "Ready AsDeclared "]);
  expect(house.fleet.violations()).toEqual([]);
});

test("the only Wi-Fi of a device moves to another identifier in order, and stays there once when its name and its identifier go to others", async () => {
  const corp = "type: com.apple.wifi.managed, content: {SSID_STR: Corp, Password: first}";
  const all = (items: readonly string[], uses: string, allowed = ""): Files =>
    files({
      "org.yaml": organizationWith(`budgets: {isolating: {devices: 1}}${allowed}`),
      "items.yaml": items.join("---\n"),
      "policy.yaml": policy(`profiles: [${uses}]`),
    });
  await using house = await install({
    stores: store,
    files: all([profile("wifi", corp)], "{name: wifi}"),
    devices: [{ serial: "PAD-1", platform: "ipados", supervised: true }],
  });
  await house.enroll();
  await house.settle();
  const has = () =>
    Object.keys(house.device("PAD-1").snapshot().profiles).filter((id) => /wifi|third/.test(id));
  const password = () => passwordOf(house.device("PAD-1").snapshot().profiles);
  expect(has()).toEqual(["reeve.profile.wifi"]);

  // Removed and added under another identifier: the new one comes first, and no word is needed.
  house.commit(all([profile("wifi", corp, "identifier: acme.wifi")], "{name: wifi}"));
  await house.settle();
  expect([has(), password()]).toEqual([["acme.wifi"], "first"]);
  const requests = house
    .device("PAD-1")
    .ledger.of("command")
    .map(({ requestType }) => requestType);
  expect(requests.lastIndexOf("InstallProfile")).toBeLessThan(requests.lastIndexOf("RemoveProfile"));

  // Its identifier goes to another profile and its name to an empty one: neither is the way around the word.
  const taken = [marker("wifi", "w", "identifier: third"), marker("other", "o", "identifier: acme.wifi")];
  const uses = "{name: wifi}, {name: other}";
  house.commit(all(taken, uses));
  await house.settle();
  await house.pass(2 * 3_600_000, 600_000);
  expect([has(), password()]).toEqual([["acme.wifi"], "first"]);
  expect(await conditions(house)).toEqual([
    expect.stringMatching(/^Held RemovalHeld Profile\/wifi stays: it may be the last network/),
  ]);
  const { items } = await viewExplanation(house.looking, "PAD-1", "Profile/wifi");
  expect(items).toHaveLength(1);

  house.commit(all(taken, uses, word));
  await house.settle();
  expect([has().toSorted(), password()]).toEqual([["acme.wifi", "third"], undefined]);
  expect(await conditions(house)).toEqual(["Ready AsDeclared "]);
  expect(house.fleet.violations()).toEqual([]);
});

function passwordOf(profiles: Readonly<Record<string, { readonly payloads: readonly object[] }>>): unknown {
  const payloads = Object.values(profiles).flatMap((one) => one.payloads) as {
    Password?: unknown;
    Payload?: unknown;
  }[];
  return payloads.map((one) => one.Password).find((one) => one !== undefined);
}

function planned(house: Installation, tree: Files) {
  const entries = Object.entries(tree).map(
    ([path, text]) => [path, { type: "file" as const, bytes: Buffer.from(text) }] as const,
  );
  return viewPlan(house.looking, { revision: "tree", entries: new Map(entries) }, testSettings);
}

async function conditions(house: Installation): Promise<readonly string[]> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return devices.map(
    ({ condition: { type, reason, message } }) => `${type} ${reason} ${type === "Held" ? message : ""}`,
  );
}
