import { expect, test, vi } from "vitest";
import type { Google } from "../../../android/google.ts";
import type { ChannelChange } from "../../../core/ports.ts";
import { halt, resume, suspend, unhalt } from "../../../loop/control.ts";
import { viewOperations } from "../../../loop/view-logs.ts";
import { viewStatus } from "../../../loop/view-status.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { type AndroidHouse, androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { policy } from "../../manifests.ts";
import { androidApp, fragment, off, on, revision } from "./manifests.ts";
import { companyProfile, personal } from "./test-acts.ts";

const stores = await storesOfSuite();
const store = stores.at(-1);
if (store === undefined) throw new Error("there is no store");
const minute = 60_000;
const admin = { name: "it-duty" };

function applied(device: AndroidDevice): unknown {
  return device.ledger.of("policy-applied").at(-1)?.content;
}

function isInstalled(device: AndroidDevice, packageName: string): boolean {
  return device.machine.apps.get(packageName)?.state === "installed";
}

test.each(stores)(
  "on $name devices come to be as declared, and a change is one call for all of them",
  async (kind) => {
    await using house = await androidHouse({ stores: kind, files: revision(off) });
    const devices = await house.arrive([{}, {}, {}]);
    await house.pass(5 * minute);
    for (const device of devices) {
      expect(applied(device)).toMatchObject({ cameraAccess: "CAMERA_ACCESS_DISABLED" });
      expect(isInstalled(device, "com.acme.mail")).toBe(true);
      expect(await house.view(device.serial)).toMatchObject({
        platform: "android",
        condition: { type: "Ready" },
      });
    }

    house.amapi.requests.clear();
    house.commit(revision(on));
    await house.pass(5 * minute);
    expect(house.amapi.requests.count("enterprises.policies.patch")).toBe(1);
    expect(house.amapi.requests.count("enterprises.devices.patch")).toBe(0);
    for (const device of devices) {
      expect(applied(device)).toMatchObject({ cameraAccess: "CAMERA_ACCESS_ENFORCED" });
      expect((await house.view(device.serial)).condition.type).toBe("Ready");
    }

    house.amapi.requests.clear();
    await house.pass(30 * minute, 5 * minute);
    const writes = house.amapi.requests.entries.filter(({ http }) => http !== "GET");
    expect(writes).toEqual([]);
  },
);

test("an app that leaves its policy is uninstalled on exactly those devices that had it by reeve, and no others", async () => {
  const files = revision(off, ["mail", "chat"]);
  await using house = await androidHouse({ stores: store, files });
  const devices = await house.arrive(Array.from({ length: 3 }, () => ({})));
  await house.pass(5 * minute);
  await house.controller.reconciler.tick();
  const [kept] = devices;
  const row = await house.store.query<{ id: string }>(
    "update reeve.device set suspended = 'a case' where serial = $1 returning id",
    [kept?.serial ?? ""],
  );
  expect(row).toHaveLength(1);
  house.commit(revision(off, ["mail"]));
  await house.pass(5 * minute);
  expect(devices.map((one) => isInstalled(one, "com.acme.chat"))).toEqual([true, false, false]);
  expect(devices.map((one) => isInstalled(one, "com.acme.mail"))).toEqual([true, true, true]);
});

test("a device variable makes a policy for each device, and nobody else's changes", async () => {
  const mine = fragment("label", 'shortSupportMessage: {defaultMessage: "${device.serial}"}');
  const files = revision(off, ["mail"], {
    "label.yaml": mine,
    "more.yaml": policy("profiles: [{name: label}]", "labels"),
  });
  await using house = await androidHouse({ stores: store, files });
  const devices = await house.arrive([{ serial: "SN-A" }, { serial: "SN-B" }]);
  await house.pass(5 * minute);
  const messages = devices.map((one) => applied(one));
  expect(messages).toMatchObject([
    { shortSupportMessage: { defaultMessage: "SN-A" } },
    { shortSupportMessage: { defaultMessage: "SN-B" } },
  ]);
  for (const { serial } of devices) expect((await house.view(serial)).condition.type).toBe("Ready");
});

test("who stops a round that is under way stops it: no further policy is written, and no device moved", async () => {
  const files = (text: string) =>
    revision(off, [], {
      "label.yaml": fragment("label", `shortSupportMessage: {defaultMessage: "${text} \${device.serial}"}`),
      "more.yaml": policy("profiles: [{name: label}]", "labels"),
    });
  let onPatch: (() => Promise<void>) | undefined;
  let patches = (): number => 0;
  /** Once, when Google has taken a policy. */
  const between = (client: Google): Google => ({
    ...client,
    manage: async (options, send) => {
      const before = patches();
      const answer = await client.manage(options, send);
      if (onPatch === undefined || patches() === before) return answer;
      const happens = onPatch;
      onPatch = undefined;
      await happens();
      return answer;
    },
  });
  await using house: AndroidHouse = await androidHouse({ stores: store, files: files("one"), between });
  patches = () => house.amapi.requests.count("enterprises.policies.patch");
  const devices = await house.arrive([{ serial: "SN-A" }, { serial: "SN-B" }, { serial: "SN-C" }]);
  await house.pass(5 * minute);
  const texts = () =>
    devices
      .map((one) => {
        const { shortSupportMessage } = applied(one) as { shortSupportMessage?: { defaultMessage?: string } };
        return shortSupportMessage?.defaultMessage?.split(" ")[0];
      })
      .sort();
  expect(texts()).toEqual(["one", "one", "one"]);
  const stopping = async (text: string, stop: () => Promise<void>): Promise<void> => {
    onPatch = stop;
    house.commit(files(text));
    await house.pass(2 * minute);
  };

  await stopping("two", () => halt(house.looking, "a bad policy", admin));
  expect(texts()).toEqual(["one", "one", "two"]);
  await unhalt(house.looking, "it was not", admin);
  await house.pass(2 * minute);
  expect(texts()).toEqual(["two", "two", "two"]);

  await stopping("three", () => suspend(house.looking, "all", undefined, "a fair", admin));
  expect(texts().filter((one) => one === "three")).toHaveLength(1);
  await resume(house.looking, "all", undefined, admin);
  await house.pass(2 * minute);
  expect(texts()).toEqual(["three", "three", "three"]);

  // Whose policy is written first is written; the others are at the lawyer's by then.
  const each = async (then: (serial: string) => Promise<void>): Promise<void> => {
    for (const { serial } of devices) await then(serial);
  };
  await stopping("four", () =>
    each((serial) => suspend(house.looking, "device", serial, "at the lawyer's", admin)),
  );
  expect(texts()).toEqual(["four", "three", "three"]);
  await each((serial) => resume(house.looking, "device", serial, admin));
  await house.pass(2 * minute);
  expect(texts()).toEqual(["four", "four", "four"]);
  expect(house.controller.android?.faults()).toEqual([]);

  // A device that has just come waits for the quota while somebody pulls the switch.
  const { channels } = house.store;
  const write = channels.write.bind(channels);
  const isMove = ({ ledger }: ChannelChange) =>
    ledger.some((one) => one.type === "sent" && one.intent.type === "assign");
  vi.spyOn(channels, "write").mockImplementation(async (change) => {
    const written = await write(change);
    if (isMove(change)) {
      await halt(house.looking, "once more", admin);
      await house.world.advance(2_000);
    }
    return written;
  });
  const [late] = await house.arrive([{ serial: "SN-D" }]);
  house.amapi.requests.clear();
  await house.pass(5 * minute);
  expect(house.amapi.requests.count("enterprises.devices.patch")).toBe(0);
  vi.restoreAllMocks();
  await unhalt(house.looking, "over", admin);
  await house.pass(10 * minute);
  expect(JSON.stringify(late === undefined ? "" : applied(late))).toContain("four SN-D");
});

test("a policy that somebody else writes, or deletes, is written again", async () => {
  await using house = await androidHouse({ stores: store, files: revision(off) });
  const [device] = await house.arrive([{}]);
  await house.pass(5 * minute);
  const id = (await house.am.enterprises.devices.get({ name: device?.name ?? "" })).data.policyName ?? "";
  await house.am.enterprises.policies.patch({
    name: id,
    requestBody: { cameraAccess: "CAMERA_ACCESS_ENFORCED" },
  });
  await house.pass(5 * minute);
  expect(applied(device as AndroidDevice)).toMatchObject({ cameraAccess: "CAMERA_ACCESS_DISABLED" });
  expect((await house.view(device?.serial ?? "")).condition.type).toBe("Ready");
});

test("a device that Google's list has no more has left; enrolled again it is the same device, with a new epoch and its log", async () => {
  await using house = await androidHouse({ stores: store, files: revision(off) });
  const [device] = await house.arrive([{ serial: "SN-A" }], { facts: { "tag.site": "berlin" } });
  await house.pass(5 * minute);
  const before = await house.view("SN-A");
  expect(before.tags).toMatchObject({ site: "berlin" });
  const name = device?.name ?? "";
  house.amapi.device({ serial: "SN-A" }).user.resetsDevice();
  // Nobody tells that it went.
  await house.am.enterprises.devices.delete({ name });
  await house.pass(3 * minute);
  expect(await house.view("SN-A")).toMatchObject({ enrollment: "unenrolled", condition: { reason: "Left" } });
  await house.arrive([{ serial: "SN-A" }], { facts: { "tag.site": "berlin" } });
  await house.pass(5 * minute);
  const after = await house.view("SN-A");
  expect(after).toMatchObject({ id: before.id, epoch: before.epoch + 1, condition: { type: "Ready" } });
  expect(after.tags).toEqual(before.tags);
  expect(device?.ledger.of("enrolled")).toHaveLength(2);
  const log = await viewOperations(house.looking, { device: after.id, limit: 20 });
  expect(log.map(({ type, status }) => `${type} ${status}`)).toEqual([
    "policies.patch executed",
    "devices.patch executed",
    "policies.patch executed",
    "devices.patch executed",
  ]);
});

test("many devices are read page by page, and calls that the quota refuses are made later", async () => {
  const many = 130;
  await using house = await androidHouse({
    stores: store,
    files: revision(off),
    knobs: { quota: { requests: 100, perMs: 100_000 } },
  });
  const devices = await house.arrive(Array.from({ length: many }, () => ({})));
  const told = async () => (await viewStatus(house.looking, { source: "", warnings: [] })).underWay;
  expect(await told()).toEqual([
    expect.stringMatching(/^Android: \d+ of 130 devices moved .* about 1 min left$/),
  ]);
  await house.pass(15 * minute, 2 * minute);
  const serials = new Set(devices.map(({ serial }) => serial));
  expect(serials.size).toBe(many);
  expect(await told()).toEqual([]);
  for (const device of devices)
    expect(applied(device)).toMatchObject({ cameraAccess: "CAMERA_ACCESS_DISABLED" });
  const { devices: shown } = await house.list();
  expect(shown.filter(({ condition }) => condition.type !== "Ready")).toEqual([]);
  expect(shown).toHaveLength(many);
});

test("an app for one group goes to that group alone", async () => {
  const files = {
    ...revision(off),
    "kiosk.yaml": androidApp("board", "com.acme.board"),
    "group.yaml": `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: berlin}
spec: {selector: {match: {tag.site: berlin}}}
`,
    "berlin.yaml": policy("apps: [{name: board}]", "berlin", "groups: [berlin]"),
  };
  await using house = await androidHouse({ stores: store, files });
  const [there] = await house.arrive([{}], { facts: { "tag.site": "berlin" } });
  const [elsewhere] = await house.arrive([{}], { facts: { "tag.site": "rome" } });
  await house.pass(5 * minute);
  expect([there, elsewhere].map((one) => one && isInstalled(one, "com.acme.board"))).toEqual([true, false]);
});

test("each way in which a policy wants an app is what becomes of it on the device; who cannot be a kiosk is told so", async () => {
  const wishes = ["required", "installed", "available", "blocked", "kiosk"];
  const uses = wishes.map((wish) => `{name: ${wish}, install: ${wish}}`).join(", ");
  const files = (apps: string) => ({
    ...revision(off, []),
    ...Object.fromEntries(wishes.map((wish) => [`${wish}.yaml`, androidApp(wish, `com.acme.${wish}`)])),
    "apps.yaml": policy(`apps: [${apps}]`, "apps"),
  });
  await using house = await androidHouse({ stores: store, files: files(uses) });
  const [whole] = await house.arrive([{}]);
  const [profile] = await house.arrive([{}], personal);
  const [ours] = await house.arrive([{}], companyProfile);
  if (whole === undefined || profile === undefined || ours === undefined) throw new Error("three devices");
  await house.pass(3 * minute);
  const there = (one: AndroidDevice) => wishes.filter((wish) => isInstalled(one, `com.acme.${wish}`));
  expect([there(whole), there(profile), there(ours)]).toEqual([
    ["required", "installed", "kiosk"],
    ["required", "installed"],
    ["required", "installed"],
  ]);
  expect(whole.ledger.of("kiosk")).toMatchObject([{ packageName: "com.acme.kiosk" }]);
  expect([whole, profile, ours].map((one) => one.user.uninstalls("com.acme.required"))).toEqual([
    false,
    false,
    false,
  ]);
  for (const one of [whole, profile, ours]) {
    expect(one.user.uninstalls("com.acme.installed")).toBe(true);
    expect([one.user.installs("com.acme.available"), one.user.installs("com.acme.blocked")]).toEqual([
      true,
      false,
    ]);
  }
  await house.pass(2 * minute);
  expect([there(whole), there(profile), there(ours)]).toEqual([
    ["required", "available", "kiosk"],
    ["required", "available"],
    ["required", "available"],
  ]);
  const { devices } = await house.list();
  const told = devices.filter(({ condition }) => condition.type === "Stalled").map((one) => one.condition);
  const noKiosk = { reason: "Unsupported", message: expect.stringContaining("App/kiosk") };
  expect(told).toMatchObject([noKiosk, noKiosk]);

  house.commit(files("{name: required, install: blocked}"));
  await house.pass(3 * minute);
  expect([there(whole), there(profile), there(ours)]).toEqual([[], [], []]);
  expect(whole.ledger.of("kiosk").at(-1)).toMatchObject({ packageName: undefined });
});
