import { auth } from "googleapis/build/src/apis/androidmanagement/index.js";
import { pubsub } from "googleapis/build/src/apis/pubsub/index.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { viewOperations } from "../../../loop/view-logs.ts";
import type { DeviceView } from "../../../loop/views.ts";
import type { AndroidDevice } from "../../../simulator/amapi/device/android-device.ts";
import { googleFault } from "../../../simulator/amapi/request-faults.ts";
import { type AndroidHouse, androidHouse } from "../../android-house.ts";
import { storesOfSuite } from "../../installation.ts";
import { device as deviceManifest, type Files, operation, policy } from "../../manifests.ts";
import { fragment, off, on, revision } from "./manifests.ts";
import { planned, removing } from "./planned.ts";
import { approve, effects, outcomes, personal, told } from "./test-acts.ts";

const [store] = await storesOfSuite();
const minute = 60_000;
const issueCommand = "enterprises.devices.issueCommand";
const patchPolicy = "enterprises.policies.patch";
const patchDevice = "enterprises.devices.patch";

const groups = ["berlin", "home"]
  .map(
    (site) => `apiVersion: reeve/v1
kind: DeviceGroup
metadata: {name: ${site}}
spec: {selector: {match: {tag.site: ${site}}}}
`,
  )
  .join("---\n");
const override = fragment("override", "outgoingCallsDisabled: true");

/** Everything that stays; `keys` is the fragment of all devices, `more` what an entry adds. */
function files(more: Files = {}, keys = off, apps: readonly string[] = ["mail", "chat"]): Files {
  const devices = { "a.yaml": deviceManifest("a", "SN-A"), "b.yaml": deviceManifest("b", "SN-B") };
  return { ...revision(keys, apps), "groups.yaml": groups, ...devices, ...more };
}

const act = (name: string, target: string, what: string, more = ""): Files => ({
  [`act-${name}.yaml`]: operation(name, target, what, more),
});

const applied = (one: AndroidDevice): unknown => one.ledger.of("policy-applied").at(-1)?.content;

describe.each(["strict", "quirks"] as const)("in %s mode", (mode) => {
  let house: AndroidHouse;
  let a: AndroidDevice;
  let b: AndroidDevice;
  let p: AndroidDevice;

  const { count, clear } = {
    count: (method: string) => house.amapi.requests.count(method),
    clear: () => house.amapi.requests.clear(),
  };
  async function commit(next: Files, ms = 3 * minute): Promise<void> {
    house.commit(next);
    await house.pass(ms, Math.max(minute, ms / 5));
  }
  /** The first time it subscribes to them. */
  async function takeEvents(): Promise<void> {
    const { android, androidEvents } = house.controller;
    if (android === undefined || androidEvents === undefined) throw new Error("no events are subscribed to");
    await androidEvents.take(android.round);
  }
  /** A personal device tells no serial number: it is known by its place. */
  async function seen(one: AndroidDevice): Promise<DeviceView> {
    const { devices } = await house.list();
    const found = devices.find(({ serial, tags }) =>
      one === p ? tags.site === "home" : serial === one.serial,
    );
    if (found === undefined) throw new Error(`nobody is ${one.serial}`);
    return found;
  }
  const conditions = async (...devices: readonly AndroidDevice[]) =>
    Promise.all(devices.map(async (one) => (await seen(one)).condition.type));
  const record = (name: string) =>
    house.am.enterprises.devices.get({ name }).then(
      ({ data }) => data.state,
      (error) => error.status,
    );

  beforeAll(async () => {
    if (store === undefined) throw new Error("there is no store");
    house = await androidHouse({
      stores: store,
      files: files(),
      knobs: { mode, quota: { requests: 150, perMs: 100_000 } },
      project: "acme-devices",
    });
    [a, b] = (await house.arrive([{ serial: "SN-A" }, { serial: "SN-B" }], {
      facts: { "tag.site": "berlin" },
    })) as [AndroidDevice, AndroidDevice];
    [p] = (await house.arrive([{}], { ...personal, facts: { ...personal.facts, "tag.site": "home" } })) as [
      AndroidDevice,
    ];
    await house.pass(3 * minute);
    await takeEvents();
    expect(await conditions(a, b, p)).toEqual(["Ready", "Ready", "Ready"]);
  });
  afterAll(() => house[Symbol.asyncDispose]());

  test("a change of its policy stays pending on a device that is away, and comes with it", async () => {
    b.goOffline();
    const before = b.ledger.of("policy-applied").length;
    for (const keys of [on, `${on}, bluetoothDisabled: true`, on]) await commit(files({}, keys));
    expect(await conditions(a, b)).toEqual(["Ready", "Reconciling"]);
    b.goOnline();
    await house.pass(2 * minute);
    expect(b.ledger.of("policy-applied")).toHaveLength(before + 1);
    expect([applied(b), await conditions(b)]).toMatchObject([
      { cameraAccess: "CAMERA_ACCESS_ENFORCED" },
      ["Ready"],
    ]);
  });

  test("devices that share a policy cost one call together", async () => {
    clear();
    await commit(files({}, off));
    expect([count(patchPolicy), count(patchDevice)]).toEqual([1, 0]);
    for (const one of [a, b, p])
      expect(applied(one)).toMatchObject({ cameraAccess: "CAMERA_ACCESS_DISABLED" });
  });

  test("what one device has otherwise is a second policy, and nothing to the others", async () => {
    const before = b.ledger.of("policy-applied").length;
    const own = {
      "override.yaml": override,
      "own.yaml": policy("profiles: [{name: override}]", "own", "devices: [a]"),
    };
    clear();
    await commit(files(own));
    expect([count(patchPolicy), count(patchDevice)]).toEqual([1, 1]);
    expect(applied(a)).toMatchObject({ outgoingCallsDisabled: true, cameraAccess: "CAMERA_ACCESS_DISABLED" });
    expect(b.ledger.of("policy-applied")).toHaveLength(before);
    clear();
    await commit(files());
    expect([count(patchPolicy), count(patchDevice)]).toEqual([0, 1]);
    expect(applied(a)).not.toHaveProperty("outgoingCallsDisabled");
  });

  test("a command whose answer was lost is one operation", async () => {
    clear();
    house.amapi.fail({ method: issueCommand, drop: "after-commit" });
    await commit(files(act("restart", "devices: [a]", "reboot: {}")), 20 * minute);
    expect([count(issueCommand), effects(a)]).toEqual([1, ["rebooted"]]);
    const { data } = await house.am.enterprises.devices.operations.list({ name: `${a.name}/operations` });
    expect(data.operations).toHaveLength(1);
    expect(await outcomes(house)).toMatchObject({ restart: "executed" });
  });

  test("a refusal for the quota in the midst of it loses nothing", async () => {
    const answer = googleFault(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'");
    house.amapi.fail({ method: issueCommand, answer });
    house.amapi.fail({ method: patchDevice, answer });
    const own = {
      "override.yaml": override,
      "own.yaml": policy("profiles: [{name: override}]", "own", "groups: [berlin]"),
    };
    await commit(
      files({
        ...own,
        ...act("lock-a", "devices: [a]", "lock: {}"),
        ...act("lock-b", "devices: [b]", "lock: {}"),
      }),
      12 * minute,
    );
    expect([a, b].map((one) => one.ledger.of("locked").length)).toEqual([1, 1]);
    for (const one of [a, b]) expect(applied(one)).toMatchObject({ outgoingCallsDisabled: true });
    await commit(files());
    expect(await conditions(a, b, p)).toEqual(["Ready", "Ready", "Ready"]);
  });

  test("a restart of a person's device is refused before any call", async () => {
    clear();
    await commit(files(act("restart-p", "groups: [home]", "reboot: {}")));
    expect([count(issueCommand), effects(p)]).toEqual([0, []]);
    expect((await told(house, "act.refused"))["Operation/restart-p@1"]).toContain(
      "reboot is for fully managed",
    );
  });

  test("what Google refuses is delivered when the next commit has mended it", async () => {
    const answer = googleFault(400, "INVALID_ARGUMENT", "It does not like this.");
    house.amapi.fail({ method: patchPolicy, answer, times: 2 });
    await commit(files({}, on));
    expect(house.controller.android?.faults().join()).toContain("It does not like this.");
    expect([applied(a), await conditions(a)]).toMatchObject([
      { cameraAccess: "CAMERA_ACCESS_DISABLED" },
      ["Reconciling"],
    ]);
    await commit(files({}, `${on}, bluetoothDisabled: true`), 5 * minute);
    expect(applied(a)).toMatchObject({ bluetoothDisabled: true });
    expect([house.controller.android?.faults(), await conditions(a)]).toEqual([[], ["Ready"]]);
    await commit(files());
  });

  test("an app that leaves its manifest is told as an uninstallation, and is one", async () => {
    const less = files({}, off, ["mail"]);
    expect(removing(await planned(house, less))).toEqual([["remove", "App/chat", 3, ""]]);
    await commit(less);
    for (const one of [a, b, p])
      expect(one.ledger.of("app-uninstalled")).toMatchObject([
        { packageName: "com.acme.chat", by: "policy" },
      ]);
    await commit(files());
  });

  test("a wipe waits with the record of a device that is away, and can be cancelled; a deletion leaves no record", async () => {
    p.goOffline();
    const name = p.name ?? "";
    const wipe = (generation: number) =>
      act("erase", "groups: [home]", "wipe: {}", `  expectedDevices: 1\n  generation: ${generation}`);
    await commit(files(wipe(1)));
    await approve(house);
    await commit(files(wipe(1)), 30 * minute);
    expect([await outcomes(house), await record(name)]).toMatchObject([{ erase: "sent" }, "ACTIVE"]);
    await commit(files());
    expect((await outcomes(house)).erase).toBe("cancelled: cancelled before it was done");
    const [ledger] = await viewOperations(house.looking, { requestType: "WIPE", limit: 5 });
    expect(ledger).toMatchObject({ status: "abandoned", information: "cancelled" });
    p.goOnline();
    await house.pass(5 * minute);
    expect([
      effects(p).includes("wiped"),
      effects(p).includes("work-profile-removed"),
      await record(name),
    ]).toEqual([false, false, "ACTIVE"]);
    // Deleted at Google, there is nothing left to wait for and nothing to cancel.
    p.goOffline();
    await house.am.enterprises.devices.delete({ name });
    expect(await record(name)).toBe(404);
    await house.pass(2 * minute);
    expect(Object.values(await told(house, "device.left"))).toContain(
      "Google does not have it any more: its management was removed",
    );
    expect(p.ledger.of("wiped")).toEqual([]);
  });

  test("a device that enrolls again is the same one, and late news of its end do not end it", async () => {
    const before = await house.view("SN-B");
    const earlier = b.name ?? "";
    b.user.resetsDevice();
    await house.pass(2 * minute);
    await house.arrive([{ serial: "SN-B" }], { facts: { "tag.site": "berlin" } });
    const end = { name: earlier, appliedState: "DELETED", state: "DELETED" };
    const data = Buffer.from(JSON.stringify(end)).toString("base64");
    const token = new auth.OAuth2();
    token.setCredentials({ access_token: "test" });
    const topic = `projects/acme-devices/topics/reeve-${house.enterprise.split("/")[1]}`;
    const messages = ["STATUS_REPORT", "STATUS_REPORT", "ENROLLMENT"].map((notificationType) => {
      return { attributes: { notificationType }, data };
    });
    await pubsub({
      version: "v1",
      rootUrl: house.amapi.rootUrl,
      retry: false,
      auth: token,
    }).projects.topics.publish({
      topic,
      requestBody: { messages },
    });
    await takeEvents();
    await house.pass(4 * minute);
    const after = await house.view("SN-B");
    expect(after).toMatchObject({
      id: before.id,
      epoch: before.epoch + 1,
      tags: before.tags,
    });
    expect(after.condition.type).toBe("Ready");
    expect((await house.store.channels.read(b.name ?? ""))?.granted?.body.groups).toEqual(["berlin"]);
    expect(b.ledger.of("enrolled")).toHaveLength(2);
  });

  test("more devices than one page of Google's has, small or large, are all seen", async () => {
    const many = await house.arrive(Array.from({ length: 101 }, () => ({})));
    await house.pass(4 * minute, 2 * minute);
    for (const one of many) expect(applied(one)).toMatchObject({ cameraAccess: "CAMERA_ACCESS_DISABLED" });
    const { devices } = await house.list();
    const ready = devices.filter(
      ({ enrollment, condition }) => enrollment === "enrolled" && condition.type === "Ready",
    );
    expect(ready).toHaveLength(103);
  });
});
