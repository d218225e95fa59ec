import { expect, test } from "vitest";
import { UserError } from "../../errors.ts";
import { approveHold, suspend } from "../../loop/control.ts";
import { actDirectly, type DirectWish } from "../../loop/direct-act.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewHolds, viewReady } from "../../loop/view-holds.ts";
import { viewEvents, viewOperations } from "../../loop/view-logs.ts";
import { withdrawDirectly } from "../../loop/withdraw-act.ts";
import { setControl } from "../../store/control.ts";
import { listEvents } from "../../store/events.ts";
import { listActs } from "../../store/test-acts.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { baseline, device, profile } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const tablets = ["SIM-1", "SIM-2", "SIM-3"].map(
  (serial) => ({ serial, platform: "ipados", name: serial }) as const,
);
const files = {
  ...baseline,
  "devices.yaml": [
    device("one", "SIM-1", "ownership: company"),
    device("two", "SIM-2", "ownership: personal"),
  ].join("---\n"),
};
const duty = { name: "it-duty", identities: ["it-duty@acme.example"] };
const lead = { name: "it-lead" };
let keys = 0;

test.each(stores)(
  "on $name a person locks one device now, as an Operation would: once, whatever is committed",
  async (store) => {
    await using house = await settled(store);
    const lock = wish({ lock: { message: "Back to IT, please" } });
    const view = await ask(house, "SIM-1", lock);
    expect(view).toMatchObject({ status: "ready", name: "SIM-1", verb: "lock", notes: [] });
    // The answer was lost, and it is asked again.
    expect(await ask(house, "SIM-1", lock)).toMatchObject({ status: "filed", act: view.act });
    house.commit({ ...files, "later.yaml": profile("later", "{}") });
    await house.settle();
    await house.pass(2 * hour, 10 * minute);
    expect(effects(house, /^locked/)).toEqual(["SIM-1"]);
    expect(await listActs(house.store, 5)).toMatchObject([
      { name: view.act, author: "it-duty", revision: undefined, statuses: { executed: 1 } },
    ]);
    expect(await viewOperations(house.looking, { requestType: "DeviceLock", limit: 5 })).toMatchObject([
      { status: "executed", name: "SIM-1" },
    ]);
    const told = await listEvents(house.store, { types: ["act."], limit: 10 });
    expect(told.map(({ type, by }) => [type, by])).toContainEqual(["act.ready", "it-duty"]);
  },
);

test.each(stores)(
  "on $name a wipe that a person asks for waits for somebody else, hits one enrollment, and no private device whole",
  async (store) => {
    await using house = await settled(store);
    const view = await ask(house, "SIM-1", wish({ wipe: {} }));
    expect(view).toMatchObject({ status: "held", verb: "wipe" });
    await house.settle();
    await house.pass(2 * hour, 20 * minute);
    expect(erased(house)).toEqual([]);

    expect(await codeOf(approveHold(house.looking, view.digest ?? "", duty, undefined))).toBe(
      "approval-own-act",
    );
    const alias = { name: "dutys-other-token", person: "it-duty" };
    expect(await codeOf(approveHold(house.looking, view.digest ?? "", alias, undefined))).toBe(
      "approval-own-act",
    );
    expect(await ask(house, "SIM-2", wish({ wipe: {} }))).toMatchObject({ status: "held", verb: "unenroll" });
    expect(await codeOf(ask(house, "SIM-2", wish({ wipe: { scope: "device" } })))).toBe("act-refused");
    expect(await codeOf(ask(house, "SIM-3", wish({ wipe: {} })))).toBe("act-refused");
    const refused = await viewOperations(house.looking, {
      status: ["refused"],
      requestType: "Direct",
      limit: 5,
    });
    expect(refused.map(({ name, advice }) => [name, advice])).toEqual(
      ["SIM-3", "SIM-2"].map((name) => [name, "nothing was filed: ask again when the reason is gone"]),
    );

    // It is approved and its device is off: who had a mistake in mind still finds it, and how to stop it.
    house.device("SIM-1").goOffline();
    await approveHold(house.looking, view.digest ?? "", lead, undefined);
    await house.settle();
    expect((await viewHolds(house.looking)).map(({ act }) => act)).not.toContain(view.act);
    expect(await viewReady(house.looking)).toMatchObject([
      { act: view.act, digest: view.digest, status: "leaving", approvals: [{ by: lead.name }] },
    ]);
    house.device("SIM-1").goOnline();
    await house.settle();
    await house.pass(hour, 10 * minute);
    expect(erased(house)).toEqual(["SIM-1"]);
    expect(await viewReady(house.looking)).toEqual([]);
    expect(await viewExplanation(house.looking, "SIM-1", undefined)).toMatchObject({
      next: "nothing: it is not managed any more",
      ended: { act: view.act, verb: "wipe", author: duty.name, approvedBy: [lead.name] },
    });
    await house.enroll([house.device("SIM-1")]);
    await house.settle();
    await house.pass(2 * hour, 20 * minute);
    expect(erased(house)).toEqual(["SIM-1"]);
    expect((await viewHolds(house.looking)).map(({ devices }) => devices[0]?.serial)).toEqual(["SIM-2"]);
  },
);

test.each(stores)(
  "on $name what cannot be asked for directly is refused, and nothing of it is filed",
  async (store) => {
    await using house = await settled(store);
    const refused = async (act: DirectWish["act"], word = "SIM-1") => codeOf(ask(house, word, wish(act)));
    expect(await refused({ lock: { mesage: "x" } })).toBe("act-unreadable");
    expect(await refused({ lock: {}, wipe: {} })).toBe("act-unreadable");
    expect(await refused({ explode: {} })).toBe("act-unreadable");
    expect(await refused({ setRecoveryLock: { clear: "x" } })).toBe("act-unreadable");
    expect(await refused({ setFirmwarePassword: { curent: true } })).toBe("act-unreadable");
    expect(await refused(JSON.parse('{"__proto__": {}}') as DirectWish["act"])).toBe("act-unreadable");
    for (const password of [
      { lock: { pin: "123456" } },
      { lock: { pin: 123456 } },
      { setRecoveryLock: { current: "hunter2" } },
      { setFirmwarePassword: { current: "hunter2", clear: true } },
      { wipe: { returnToService: { wifi: { ssid: "acme", password: "hunter2" } } } },
    ])
      expect(await refused(password)).toBe("act-secret");
    expect(await refused({ lock: { message: "${secret:wifi/psk}" } })).toBe("act-secret");
    expect(await refused({ settings: { wallpaper: { image: "x.png", where: "both" } } })).toBe("act-file");
    expect(await refused({ relinquishOwnership: {} })).toBe("act-refused");
    expect(await refused({ lock: {} }, "SIM-4")).toBe("no-such-device");
    // Over the socket nobody can tell who asks, and so not who may approve.
    const local = { name: "local", unknown: true };
    expect(await codeOf(actDirectly(house.looking, "SIM-1", wish({ wipe: {} }), local))).toBe("act-refused");
    const full = { ...house.looking, reconciler: { ...house.looking.reconciler, disruptive: 0 } };
    await expect(actDirectly(full, "SIM-1", wish({ lock: {} }), local)).rejects.toThrow(
      "SIM-1: 0 devices an hour may be disrupted without an approval, and it disrupts 1 device: it waits for an approval by somebody else",
    );
    await setControl(house.store, "observe", "first", { person: "reeve", at: house.world.now() });
    await house.controller.reconciler.tick();
    expect(await refused({ lock: {} })).toBe("observing");
    expect(await listActs(house.store, 5)).toEqual([]);
  },
);

test.each(stores)("on $name a suspended device is told to be so, and gets nothing", async (store) => {
  await using house = await settled(store);
  await suspend(house.looking, "device", "SIM-1", "in court", lead);
  await house.settle();
  const view = await ask(house, "SIM-1", wish({ reboot: {} }));
  expect(view).toMatchObject({
    status: "ready",
    notes: ["only questions are sent to it (suspended: in court)"],
  });
  await house.pass(2 * hour, 20 * minute);
  expect(effects(house, /restart/i)).toEqual([]);
  await house.pass(23 * hour, 23 * hour);
  await house.settle();
  expect(await listActs(house.store, 5)).toMatchObject([{ statuses: { expired: 1 } }]);
  const told = await listEvents(house.store, { subject: view.act, types: ["act.expired"], limit: 5 });
  expect(told.map(({ by, message }) => [by, message])).toEqual([
    [duty.name, "reboot: it was not sent in time"],
  ]);
});

test.each(stores)(
  "on $name an act of which the answer never came goes again where a person says so, and else it does not",
  async (store) => {
    await using house = await settled(store);
    const [insistent, ordinary] = [house.device("SIM-1"), house.device("SIM-2")];
    for (const one of [insistent, ordinary])
      one.faults.add({ kind: "lose-reply", next: "idle", requestType: "DeviceLock", times: 3 });
    await ask(house, "SIM-1", { ...wish({ lock: {} }), delivery: "untilAcknowledged" });
    await ask(house, "SIM-2", wish({ lock: {} }));
    await house.settle();
    await house.pass(3 * hour, 10 * minute);

    expect(effects(house, /^locked/).toSorted()).toEqual(["SIM-1", "SIM-1", "SIM-1", "SIM-1", "SIM-2"]);
    const locks = insistent.ledger.of("command").filter((one) => one.requestType === "DeviceLock");
    expect(new Set(locks.map((one) => one.uuid)).size).toBe(1);
    const operations = await viewOperations(house.looking, { requestType: "DeviceLock", limit: 5 });
    expect(operations.map(({ name, status }) => [name, status]).toSorted()).toEqual([
      ["SIM-1", "executed"],
      ["SIM-2", "unknown"],
    ]);
  },
);

test.each(stores)(
  "on $name a person withdraws an act that waits, one that is approved, and one that goes again and again",
  async (store) => {
    await using house = await settled(store);
    const held = await ask(house, "SIM-1", wish({ wipe: {} }));
    const short = (held.digest ?? "").slice(0, 12);
    expect(await withdrawDirectly(house.looking, short, "found again", duty)).toEqual({
      act: held.act,
      ...{ cancelled: 1, stopped: 0, sent: 0 },
    });
    expect(await codeOf(approveHold(house.looking, held.digest ?? "", lead, undefined))).toBe("no-such-hold");

    house.device("SIM-1").goOffline();
    const approved = await ask(house, "SIM-1", wish({ wipe: {} }));
    await approveHold(house.looking, approved.digest ?? "", lead, undefined);
    await withdrawDirectly(house.looking, approved.act, "found again", duty);
    house.device("SIM-1").goOnline();

    const mute = house.device("SIM-2");
    mute.faults.add({ kind: "lose-reply", next: "idle", requestType: "RestartDevice", times: 99 });
    const again = await ask(house, "SIM-2", { ...wish({ reboot: {} }), delivery: "untilAcknowledged" });
    await house.settle();
    await house.pass(30 * minute, 10 * minute);
    const before = effects(house, /restart/i).length;
    expect(before).toBeGreaterThan(1);
    expect(await withdrawDirectly(house.looking, again.act, "enough", duty)).toMatchObject({ stopped: 1 });
    await house.pass(3 * hour, 10 * minute);

    expect([erased(house), effects(house, /restart/i).length]).toEqual([[], before]);
    expect(await codeOf(withdrawDirectly(house.looking, again.act, "twice", duty))).toBe("act-over");
    const begin = (approved.digest ?? "").slice(0, 12);
    expect(await codeOf(withdrawDirectly(house.looking, begin, "twice", duty))).toBe("act-over");
    const { events } = await viewEvents(house.looking, { types: ["act.held"], limit: 1 });
    expect(events).toMatchObject([{ subject: approved.act, name: "SIM-1" }]);
    const reboots = await viewOperations(house.looking, { requestType: "reboot", limit: 5 });
    expect(reboots).toMatchObject([{ type: "RestartDevice", name: "SIM-2" }]);
    expect(await codeOf(withdrawDirectly(house.looking, "Operation/none@1", "x", duty))).toBe("no-such-act");
    const told = await listEvents(house.store, { types: ["act.cancelled"], limit: 10 });
    expect(told.map(({ by, message }) => [by, message])).toEqual([
      ["it-duty", "enough: not sent again to 1 device, which did not answer"],
      ["it-duty", "found again: not sent to 1 device"],
      ["it-duty", "found again: not sent to 1 device"],
    ]);
    const stopped = await viewOperations(house.looking, { requestType: "RestartDevice", limit: 5 });
    expect(stopped).toMatchObject([{ status: "unknown" }]);
  },
);

async function settled(store: (typeof stores)[number]): Promise<Installation> {
  const house = await install({ stores: store, files, devices: tablets });
  await house.enroll();
  await house.settle();
  return house;
}

function wish(act: DirectWish["act"]): DirectWish {
  return { act, reason: "case 4711", expiresInMs: 24 * hour, key: (++keys).toString(16).padStart(16, "0") };
}

function ask(house: Installation, word: string, wanted: DirectWish) {
  return actDirectly(house.looking, word, wanted, duty);
}

function effects(house: Installation, effect: RegExp): readonly string[] {
  return house.fleet.devices.flatMap((one) =>
    one.ledger
      .of("executed")
      .filter((done) => effect.test(done.effect))
      .map(() => one.serial),
  );
}

/** Serial numbers of devices that erased themselves, once for each time. */
function erased(house: Installation): readonly string[] {
  return house.fleet.devices.flatMap((one) => one.ledger.of("erased").map(() => one.serial));
}

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.code;
    throw error;
  }
}
