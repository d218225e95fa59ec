import { expect, test } from "vitest";
import { renderDevice } from "../../../cli/render/device.ts";
import { renderExplain } from "../../../cli/render/explain.ts";
import { renderOperations } from "../../../cli/render/operations.ts";
import { renderPlan } from "../../../cli/render/plan.ts";
import { treeOf } from "../../../loop/packed-tree.ts";
import { viewDeviceDetail, viewDevices } from "../../../loop/view-devices.ts";
import { viewExplanation } from "../../../loop/view-explanation.ts";
import { viewOperations } from "../../../loop/view-logs.ts";
import { viewPlan } from "../../../loop/view-plan.ts";
import { viewStatus } from "../../../loop/view-status.ts";
import type { DeviceFilter } from "../../../store/devices.ts";
import { noteOverdue } from "../../../store/overdue.ts";
import { type AndroidHouse, androidHouse, workProfile } from "../../android-house.ts";
import { storesOfSuite, testSettings } from "../../installation.ts";
import { policy } from "../../manifests.ts";
import { fragment, off, on, revision } from "./manifests.ts";

const [store] = await storesOfSuite();
if (store === undefined) throw new Error("there is no store");
const stores = store;
const minute = 60_000;
const day = 86_400_000;

const more = {
  "audit.yaml": `apiVersion: reeve/v1
kind: InventorySchedule
metadata: {name: audit}
spec: {collect: [device, security, applications, powerEvents], every: 1d, maxAge: 2d}
`,
  "audits.yaml": policy("inventory: [audit]", "audits"),
  "passcode.yaml": `apiVersion: reeve/v1
kind: Profile
metadata: {name: passcode}
spec: {settings: {passcode: {minLength: 6}}}
`,
  "passcodes.yaml": policy("profiles: [{name: passcode}]", "passcodes"),
  "newest.yaml": fragment("newest", "minimumApiLevel: 99"),
  "newer.yaml": policy("profiles: [{name: newest}]", "newer"),
  "phone.yaml": `apiVersion: reeve/v1
kind: Device
metadata: {name: adas-phone}
spec: {match: {imei: "350000000000001"}, alias: ADA-PHONE, tags: {site: berlin}}
`,
};

const lookAt = (house: AndroidHouse) => ({ width: 100, color: false, now: house.world.now() });

async function shown(house: AndroidHouse, word: string): Promise<string> {
  return renderDevice(await viewDeviceDetail(house.looking, word), lookAt(house));
}

async function explained(house: AndroidHouse, word: string): Promise<string> {
  return renderExplain(await viewExplanation(house.looking, word, undefined), lookAt(house));
}

async function found(house: AndroidHouse, filter: Omit<DeviceFilter, "limit">): Promise<readonly unknown[]> {
  const { devices } = await viewDevices(house.looking, { ...filter, limit: 10 }, {});
  return devices.map((one) => one.serial).sort();
}

test("what Google knows of a device is shown under the words of every platform, with when and which line asked", async () => {
  await using house = await androidHouse({ stores, files: revision(off, ["mail"], more) });
  const [company] = await house.arrive([{ serial: "SN-A" }], { facts: { owner: "ada@acme.example" } });
  const [personal] = await house.arrive([{ serial: "SN-B" }], workProfile);
  await house.pass(4 * minute);
  const { imei } = company?.machine ?? { imei: "" };
  const text = await shown(house, "SN-A");
  for (const line of [
    /^SN-A {2}Android 15, company, fullyManaged, epoch 1/m,
    /^ +State +active$/m,
    /^ +Policy +baseline_newer_passcodes-a version 1$/m,
    /^ +Applied +baseline_newer_passcodes-a version 1, .* ago$/m,
    /^ +Complies +no$/m,
    /^ +Posture +secure$/m,
    /^ +Profile\/newest +minimumApiLevel +newest.yaml:4 +unsupported$/m,
    /^ +Profile\/passcode +passwordPolicies.* passcode.yaml:4 +user$/m,
    /^Status {2}\(reported .* ago\)$/m,
    /^ +Battery +62 %, measured .* ago$/m,
    /^ +Storage +118.1 GB$/m,
    /^ +Storage free +68.7 GB, measured .* ago$/m,
    /^ +API level +35$/m,
    /^ +Patch level +2026-09-05$/m,
    new RegExp(`^ +IMEI +${imei}$`, "m"),
    /^ +Line 1 +\+41\d+, Emulated Mobile, ICCID \d+$/m,
    /^ +Wi-Fi MAC +02:/m,
    /^ +Display 1 +1080 × 2400, on$/m,
    /^ +Screen lock +no$/m,
    /^ +Encrypted +yes$/m,
    /^ +mail +10 +com.acme.mail +App\/mail +installed$/m,
    /^ +· cameraAccess +CAMERA_ACCESS_DISABLED$/m,
    /^2 power events/m,
  ])
    expect(text).toMatch(line);
  expect(text).not.toMatch(/UDID|restriction|declaration/);

  // What a personal device does not tell is unknown, and no schedule waits for it.
  const other = await shown(house, personal?.serial ?? "SN-B").catch(() => shown(house, "ESIDSN-B"));
  expect(other).toMatch(/^ +IMEI +not reported$/m);
  expect(other).toMatch(/^0 power events {2}\(never reported\)$/m);

  const reason = await explained(house, "SN-A");
  expect(reason).toMatch(/Profile\/newest +unsupported .*\n.*API_LEVEL.*minimumApiLevel at newest.yaml:4/);
  expect(reason).toMatch(/Profile\/passcode +waiting/);
  expect(reason).toContain("Next       wait for its next report, to see Profile/passcode");
  expect(reason).not.toMatch(/push|connects/);

  const phone = company?.machine.imei.slice(-9) ?? "";
  expect(await found(house, { phone })).toEqual(["SN-A"]);
  expect(await found(house, { owner: "ada@acme.example" })).toEqual(["SN-A"]);
  expect(await found(house, { profile: "Profile/camera", model: "pixel" })).toEqual(["ESIDSN-B", "SN-A"]);
  house.commit(
    revision(off, ["mail"], { ...more, "phone.yaml": more["phone.yaml"].replace("350000000000001", imei) }),
  );
  await house.pass(minute);
  expect(await house.view("SN-A")).toMatchObject({ name: "ADA-PHONE", tags: { site: "berlin" } });

  const { warnings, platforms } = await viewStatus(house.looking, { source: "", warnings: [] });
  expect(platforms.map(({ platform, total }) => [platform, total])).toEqual([["android", 2]]);
  expect(warnings).toEqual([]);

  // Three days away: its reports are too old, and keep the time at which it made them.
  company?.goOffline();
  await house.pass(3 * day, day);
  await noteOverdue(house.store, house.world.now());
  expect((await house.view("SN-A")).overdue?.map(({ section }) => section)).toEqual([
    "applications",
    "device",
    "powerEvents",
    "security",
  ]);
  expect((await house.view("ESIDSN-B")).overdue).toBeUndefined();
  expect(await shown(house, "SN-A")).toMatch(/^Status {2}\(reported 3 d ago\)$/m);
});

test("the log of a device has every policy that was sent to it and when it applied it, without a row for each", async () => {
  await using house = await androidHouse({ stores, files: revision(off, ["mail", "chat"]) });
  const [away, here] = await house.arrive([{ serial: "SN-A" }, { serial: "SN-B" }]);
  await house.pass(4 * minute);
  const rows = async (filter: object = {}) => {
    const log = await viewOperations(house.looking, { limit: 50, requestType: "policies.patch", ...filter });
    return log.map(({ status, information }) => `${status} ${information.replace(/^version /, "")}`);
  };
  const of = async (serial: string) => ({ device: (await house.view(serial)).id });
  house.commit(revision(on, ["mail", "chat"]));
  await house.pass(3 * minute);
  away?.goOffline();
  house.commit(revision(off, ["mail", "chat"]));
  await house.pass(3 * minute);
  house.commit(revision(off, ["mail"]));
  await house.pass(3 * minute);

  const first = "executed 1: +App/chat +App/mail +Profile/camera";
  expect(await rows(await of("SN-A"))).toEqual([
    "sent 4: -App/chat",
    "abandoned 3: ~Profile/camera; a later one came before the device applied it",
    "executed 2: ~Profile/camera",
    first,
  ]);
  expect(await rows(await of("SN-B"))).toEqual([
    "executed 4: -App/chat",
    "executed 3: ~Profile/camera",
    "executed 2: ~Profile/camera",
    first,
  ]);
  expect(await rows({ ...(await of("SN-A")), status: ["sent"] })).toEqual(["sent 4: -App/chat"]);
  expect((await rows())[0]).toBe("sent 4: -App/chat; applied by 1 of 2 devices");
  expect(await explained(house, "SN-A")).toContain(
    "Next       wait for it to apply baseline-a version 4, when it is online",
  );
  expect(await viewOperations(house.looking, { limit: 5, status: ["not-notified"] })).toEqual([]);
  const [ledger] = await house.store.query<{ count: number }>(
    "select count(*) as count from reeve.command where device = $1",
    [(await of("SN-B")).device],
  );
  expect(ledger?.count).toBe(1);

  away?.goOnline();
  await house.pass(3 * minute);
  expect((await rows(await of("SN-A")))[0]).toBe("executed 4: -App/chat");
  expect(here?.ledger.of("policy-applied")).toHaveLength(4 + 1);
  const whole = await viewOperations(house.looking, { ...(await of("SN-A")), limit: 50 });
  expect(renderOperations(whole, lookAt(house))).toMatch(
    /devices\.patch +<- +executed +1 +policy: baseline-a/,
  );
});

test("a plan and an explanation say what arms, what another item decides and what Google would refuse", async () => {
  await using house = await androidHouse({ stores, files: revision(off) });
  await house.arrive([{ serial: "SN-A", android: 11 }], workProfile);
  await house.pass(2 * minute);
  const harmless = {
    "enforced.yaml": fragment("enforced", on),
    "first.yaml": policy("profiles: [{name: enforced}]\npriority: 200", "first"),
    "functions.yaml": fragment("functions", "appFunctions: APP_FUNCTIONS_DISALLOWED"),
    "across.yaml": fragment(
      "across",
      "crossProfilePolicies: {crossProfileAppFunctions: CROSS_PROFILE_APP_FUNCTIONS_ALLOWED}",
    ),
    "both.yaml": policy("profiles: [{name: functions}, {name: across}]", "both"),
  };
  const armed = {
    "passcode.yaml": more["passcode.yaml"].replace("minLength: 6", "minLength: 6, maxFailedAttempts: 5"),
    "passcodes.yaml": more["passcodes.yaml"],
  };
  const files = revision(off, ["mail"], { ...harmless, ...armed });
  const packed = Object.entries(files).map(([path, text]) => [path, Buffer.from(text).toString("base64")]);
  const plan = await viewPlan(house.looking, treeOf(Object.fromEntries(packed), "next"), testSettings);
  const text = renderPlan(plan, lookAt(house), { source: "working tree" });
  expect(text).toMatch(
    /\+ install +Profile\/passcode .*\n +ARMED: devices erase themselves after 5 wrong passcodes/,
  );
  expect(text).toMatch(/x conflict +Profile\/across .*both.yaml:\d+\n +Google would refuse the whole policy/);
  expect(text).toMatch(
    /\+ install +Profile\/enforced .*\n +armed; decides cameraAccess instead of Profile\/camera/,
  );

  house.commit(revision(off, ["mail"], harmless));
  await house.pass(2 * minute);
  const reason = await explained(house, "SN-A");
  expect(reason).toMatch(/Profile\/across +conflict .*\n +Google would refuse the whole policy/);
  expect(reason).toContain("cameraAccess is decided by Profile/enforced");
});
