import { expect, test } from "vitest";
import { resume, suspend } from "../../loop/control.ts";
import { treeOf } from "../../loop/packed-tree.ts";
import { steerRollout } from "../../loop/steer-rollout.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { viewPlan } from "../../loop/view-plan.ts";
import { viewReport } from "../../loop/view-report.ts";
import { viewRollouts } from "../../loop/view-rollouts.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import type { Store } from "../../store/open.ts";
import { type Installation, install, storesOfSuite, testSettings } from "../installation.ts";
import { files, marker } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const by = { name: "it-duty" };

const some = (count: number) =>
  Array.from({ length: count }, (_, index) => {
    const serial = `SIM-${index + 1}`;
    return { serial, platform: "ipados", name: serial } as const;
  });

const inWaves = ", rollout: {waves: [10%, 50%, 100%], soak: 30m, maxFailed: 20%, minReports: 3}";

function revision(value: string, rollout = inWaves) {
  return files({
    "items.yaml": marker("a", value),
    "policy.yaml": `apiVersion: reeve/v1
kind: Policy
metadata: {name: security}
spec: {target: {all: true}, profiles: [{name: a}]${rollout}}
`,
  });
}

/** Which devices have the profile with this value, by their own word. */
function having(house: Installation, value: string): readonly string[] {
  return house.fleet.devices
    .filter((one) => JSON.stringify(one.snapshot()).includes(`"reeveTest":"${value}"`))
    .map((one) => one.serial);
}

/** Who was sent anything but a question since a point of his own ledger. */
function touched(house: Installation, marks: ReadonlyMap<string, number>): readonly string[] {
  return house.fleet.devices
    .filter((one) =>
      JSON.stringify(one.ledger.entries.slice(marks.get(one.serial) ?? 0)).includes("InstallProfile"),
    )
    .map((one) => one.serial);
}

/** Files as `reeve plan DIR` sends them. */
function packed(tree: ReturnType<typeof revision>) {
  const encoded = Object.entries(tree).map(([path, text]) => [path, btoa(String(text))]);
  return treeOf(Object.fromEntries(encoded), "next");
}

/** One that no wave has reached yet. */
async function lastOf(house: Installation, devices: Installation["fleet"]["devices"]): Promise<string> {
  for (const { serial } of devices) {
    const { rollouts } = await viewExplanation(house.looking, serial, undefined);
    if (rollouts?.[0]?.sees === "older") return serial;
  }
  throw new Error("waves have reached all");
}

async function one(house: Installation) {
  const [view] = await viewRollouts(house.looking);
  return view;
}

test.each(stores)(
  "on $name a change reaches one device in ten, then half of them, then all; failures pause it, offline ones do not count",
  async (store) => {
    await using house = await install({ stores: store, files: revision("old", ""), devices: some(20) });
    await house.enroll();
    await house.settle();
    expect(having(house, "old")).toHaveLength(20);
    const marks = new Map(house.fleet.devices.map((each) => [each.serial, each.ledger.entries.length]));

    const plan = await viewPlan(house.looking, packed(revision("new")), testSettings);
    expect(plan.rollouts).toMatchObject([{ policy: "security", how: "waves", devices: 20, first: 2 }]);
    expect(plan.entries).toMatchObject([{ action: "update", devices: 20, waves: [0.1, 0.5, 1] }]);

    house.commit(revision("new"));
    await house.settle();
    const first = having(house, "new");
    expect(first).toHaveLength(2);
    expect(touched(house, marks)).toEqual(first);
    expect(having(house, "old")).toHaveLength(18);
    expect(await one(house)).toMatchObject({
      status: "progressing",
      wave: 1,
      counts: { devices: 2, reported: 2 },
    });
    // A plan has for those that wait what the daemon has for them: nothing yet.
    const other = { ...revision("new"), "other.yaml": marker("b", "unused") };
    const underWay = [
      { policy: "security", how: "under-way", wave: 1, devices: 20, first: 2, status: "progressing" },
    ];
    for (const planned of [packed(other), undefined])
      expect(await viewPlan(house.looking, planned, testSettings)).toMatchObject({
        changed: 0,
        rollouts: underWay,
      });
    const ends = { policy: "security", how: "ends", wave: 1, devices: 20, status: "progressing" };
    expect(await viewPlan(house.looking, packed(revision("new", "")), testSettings)).toMatchObject({
      entries: [{ action: "update", devices: 18 }],
      rollouts: [{ ...ends, place: "policy.yaml:1" }],
    });
    const waiting = having(house, "old")[0] ?? "";
    expect(await viewExplanation(house.looking, waiting, undefined)).toMatchObject({
      items: [{ key: "Profile/a", state: "verified", commit: "r1" }],
      rollouts: [{ policy: "security", sees: "older", revision: "r1" }],
    });

    // Each is held to the version that it has been given, in an audit as well.
    for await (const line of viewReport(house.looking, { days: 1 }))
      if ("device" in line) expect(line.device).toMatchObject({ verdict: "compliant", notAsDeclared: [] });

    // Twenty minutes are no soak of thirty. Of those that come next some cannot be reached, and the others refuse it.
    await house.pass(20 * minute, 5 * minute);
    expect(having(house, "new")).toHaveLength(2);
    const others = house.fleet.devices.filter(({ serial }) => !first.includes(serial));
    for (const device of others)
      device.faults.add({ kind: "error", requestType: "InstallProfile", times: 99 });
    for (const device of others.slice(0, 9)) device.goOffline();
    await house.pass(60 * minute, 5 * minute);
    const paused = await one(house);
    expect(paused).toMatchObject({ status: "paused", wave: 2, by: "reeve" });
    expect(paused?.reason).toMatch(/^\d+ of \d+ reported have failed; first: Profile\/a: /);
    expect(paused?.versions.map(({ failed }) => failed)).toEqual([paused?.reason, undefined]);
    const { counts } = paused ?? {};
    expect(counts?.devices).toBe(10);
    expect(counts?.offline).toBeGreaterThan(0);
    expect((counts?.reported ?? 0) + (counts?.offline ?? 0)).toBe(10);
    await house.pass(120 * minute, 10 * minute);
    expect(having(house, "new")).toEqual(first);
    const { rollouts } = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(rollouts).toMatchObject([{ policy: "security", status: "paused" }]);

    // What is at fault is put right, and a person has it go on.
    for (const device of house.fleet.devices) device.faults.calm();
    for (const device of others) device.goOnline();
    await steerRollout(house.looking, "security", "resume", "the profile was at fault", by);
    await expect(steerRollout(house.looking, "security", "resume", "again", by)).rejects.toThrow("going on");
    // One that is suspended holds nothing up, and nobody says that it has what it has not.
    const held = await lastOf(house, others);
    await suspend(house.looking, "device", held, "in court", by);
    await house.pass(150 * minute, 10 * minute);
    expect(having(house, "new")).toHaveLength(19);
    expect(await one(house)).toBeUndefined();
    const events = await listEvents(house.store, { types: ["rollout."], limit: 20 });
    const lacking = /^\d+ of 20 devices have the newest version; .*\b1 not given it, which get it when/;
    expect(events[0]?.message).toMatch(lacking);
    const [over] = await viewRollouts(house.looking, { all: true });
    expect(over?.reason).toMatch(lacking);
    await resume(house.looking, "device", held, by);
    await house.settle();
    expect(having(house, "new")).toHaveLength(20);
    expect(events.map(({ type }) => type).reverse()).toEqual([
      "rollout.started",
      "rollout.wave",
      "rollout.wave",
      "rollout.paused",
      "rollout.resumed",
      "rollout.wave",
      "rollout.completed",
    ]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)(
  "on $name an abort gives back what there was, a commit in the middle comes in waves of its own, one that takes it back comes at once",
  async (store) => {
    await using house = await install({ stores: store, files: revision("one", ""), devices: some(10) });
    await house.enroll();
    await house.settle();
    const counts = () => ["one", "two", "three"].map((value) => having(house, value).length);
    const steps = async (minutes: number) => {
      await house.pass(minutes * minute, 10 * minute);
      await house.settle();
      return counts();
    };
    house.commit(revision("two"));
    await house.settle();
    expect(counts()).toEqual([9, 1, 0]);
    const first = having(house, "two");
    expect(await steps(40)).toEqual([5, 5, 0]);

    // In the middle of it another change comes: to the first again, and the others wait with what they have.
    house.commit(revision("three"));
    await house.settle();
    expect(counts()).toEqual([5, 4, 1]);
    expect(having(house, "three")).toEqual(first);
    expect((await one(house))?.versions.map(({ revision }) => revision)).toEqual(["r3", "r2", "r1"]);

    await steerRollout(house.looking, "security", "abort", "it drains batteries", by);
    await house.settle();
    expect(counts()).toEqual([5, 5, 0]);
    expect(await steps(200)).toEqual([5, 5, 0]);
    await expect(steerRollout(house.looking, "security", "pause", "why", by)).rejects.toThrow("aborted");
    await expect(steerRollout(house.looking, "security", "abort", "why", by)).rejects.toMatchObject({
      hint: expect.stringContaining("Commit the version that its devices should have"),
    });

    // It begins again when a person says so, and reeve may begin anew in the midst of a wave.
    await steerRollout(house.looking, "security", "resume", "a new release of it", by);
    await house.settle();
    expect(counts()).toEqual([5, 4, 1]);
    await house.controller.close();
    await house.replace();
    expect(await steps(40)).toEqual([5, 0, 5]);

    // Called as it is shown, or as in its manifest; one that is not declared is an error.
    expect(await viewRollouts(house.looking, { policy: "Policy/security" })).toHaveLength(1);
    const unknown = "declares no Policy/secruity";
    await expect(viewRollouts(house.looking, { policy: "secruity" })).rejects.toThrow(unknown);
    await expect(steerRollout(house.looking, "Policy/secruity", "pause", "?", by)).rejects.toThrow(unknown);

    // A commit that takes it back returns all devices at once.
    house.commit(revision("one"));
    await house.settle();
    expect(counts()).toEqual([10, 0, 0]);
    expect(await one(house)).toBeUndefined();
    await expect(steerRollout(house.looking, "security", "abort", "why", by)).rejects.toThrow("no rollout");

    // What a newer reeve has written this one does not read: devices keep what they have until a person says otherwise.
    await house.store.query("update reeve.rollout set form = 99");
    await house.controller.close();
    await house.replace();
    house.commit(revision("two"));
    expect(await steps(60)).toEqual([10, 0, 0]);
    expect(await one(house)).toMatchObject({ status: "paused", wave: 0 });
    const { total } = await viewStatus(house.looking, { source: "", warnings: [] });
    expect(total.held).toBe(10);
    await steerRollout(house.looking, "security", "resume", "the newer one is gone for good", by);
    await house.settle();
    expect(counts()).toEqual([9, 1, 0]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test("a commit that takes a change back gives it to nobody else, also not in a pass over the fleet that begins meanwhile", async () => {
  const [sort] = stores.slice(-1);
  if (sort === undefined) throw new Error("there is no store");
  const halves = ", rollout: {waves: [50%, 100%], soak: 30m, minReports: 3}";
  const all = (value: string) => revision(value, halves);
  await using house = await install({ stores: sort, files: revision("old", ""), devices: some(6) });
  await house.enroll();
  await house.settle();
  const { store: plain } = house;
  const before = await digests(plain);
  house.commit(all("new"));
  await house.settle();
  const given = async () => (await digests(plain)).filter((one) => !before.includes(one)).length;
  expect(await given()).toBe(3);

  await house.controller.reconciler.close();
  // A pass begins when what is known of rollouts is the new revision's already, and the old one is still in force.
  let looks = 0;
  let pass: Promise<number> | undefined;
  const query: Store["query"] = (...about) => {
    if (String(about[0]).includes("where status = 'in-force'") && ++looks === 2)
      pass = house.controller.reconciler.tick().then(given);
    return plain.query(...about);
  };
  const store: Store = new Proxy(plain, {
    get: (target, key) => (key === "query" ? query : Reflect.get(target, key)),
  });
  await house.replace({ store });
  await house.controller.reconciler.poll();
  await house.controller.reconciler.tick();
  house.commit(all("old"));
  looks = 0;
  await house.controller.reconciler.poll();
  // Those that had it may have been given back what was there before by then.
  expect(await pass).toBeLessThanOrEqual(3);
  await house.settle();
  expect(await given()).toBe(0);
  expect(having(house, "old")).toHaveLength(6);
});

/** What each device is granted as the profile's content. */
async function digests(store: Store): Promise<readonly string[]> {
  const rows = await store.query<{ digest: string }>(
    `select x->>'digest' as digest from reeve.channel c join reeve.interned n on n.id = c.granted_id,
       jsonb_array_elements(n.body->'items') x where x->>'key' = 'Profile/a'`,
  );
  return rows.map(({ digest }) => digest);
}
