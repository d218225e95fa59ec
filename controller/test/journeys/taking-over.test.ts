import { expect, test } from "vitest";
import { Retry } from "../../errors.ts";
import type { Source } from "../../git/source.ts";
import { approveHold, resume } from "../../loop/control.ts";
import { listHolds } from "../../store/approvals.ts";
import { engage, setControl } from "../../store/control.ts";
import { pglite } from "../../store/test-stores.ts";
import { type Installation, install, storesOfSuite, testReviser } from "../installation.ts";
import { baseline, deprovision, device, files, group, passcode, policy, profile } from "../manifests.ts";

const server = (await storesOfSuite()).at(-1) ?? pglite;
const phone = { serial: "SIM-1", platform: "ios", name: "IPHONE-1", supervised: true } as const;

const mute: Source = {
  describe: () => "a repository that is away",
  poll: async () => {
    throw new Retry("unreachable", "it is away");
  },
  async *changes() {},
  nudge: () => {},
  lookUp: async () => undefined,
  close: async () => {},
};

function erasingAfter(attempts: number | undefined) {
  const rule = attempts === undefined ? "" : `, maxFailedAttempts: ${attempts}`;
  const content = `type: com.apple.mobiledevice.passwordpolicy, content: {minLength: 6, forcePIN: true${rule}}`;
  return files({
    "passcode.yaml": profile("passcode", content),
    "group.yaml": group("meant", "match: {platform: ios}"),
    "policy.yaml": policy("profiles: [{name: passcode}]", "meant", "groups: [meant]"),
  });
}

async function grantedIn(house: Installation): Promise<readonly string[]> {
  const rows = await house.store.query<{ items: readonly { key: string; digest: string }[] }>(
    "select i.body->'items' as items from reeve.channel c join reeve.interned i on i.id = c.granted_id",
  );
  return rows.flatMap(({ items }) => items.map(({ key, digest }) => `${key} ${digest}`));
}

async function statusOfActs(house: Installation): Promise<readonly string[]> {
  const rows = await house.store.query<{ status: string }>("select status from reeve.act_target");
  return rows.map(({ status }) => status);
}

test.each(["takes over from another", "starts again"])(
  "what erases devices sooner goes nowhere when it is met by who %s",
  async (how) => {
    await using house = await install({ stores: server, files: erasingAfter(undefined), devices: [phone] });
    await house.enroll();
    await house.settle();
    const before = await grantedIn(house);
    const first = house.controller.reconciler;
    await house.replace({});
    const second = house.controller.reconciler;
    if (how === "starts again") await first.close();
    house.commit(erasingAfter(2));
    // As when a daemon starts: it looks at its source and begins its passes at once.
    await Promise.all([second.tick(), second.poll()]);
    await first.close();
    await second.tick();
    expect(second.current()?.compiled.revision).toBe("r2");
    expect(second.latches().armed).toContain("wrong passcodes");
    expect(await grantedIn(house)).toEqual(before);
  },
);

test("who takes over while the repository is away goes on with what is in force, and cancels nothing of it", async () => {
  const start = { ...baseline, "device.yaml": device("one", "SIM-1", "ownership: company") };
  await using house = await install({ stores: server, files: start, devices: [phone] });
  await house.enroll();
  await house.settle();
  const first = house.controller.reconciler;
  let broken = false;
  const reviser: typeof testReviser = {
    ...testReviser,
    revise: async (...given) => {
      if (broken) throw new Retry("busy", "it is busy");
      return testReviser.revise(...given);
    },
  };
  await house.replace({ source: mute, reviser, onError: () => {} });
  const second = house.controller.reconciler;
  await second.tick();
  expect(second.current()?.compiled.revision).toBe("r1");
  house.commit({
    ...start,
    "passcode.yaml": passcode(9),
    "wipe.yaml": deprovision("gone", "devices: [SIM-1]"),
  });
  await first.poll();
  await first.tick();
  const granted = await grantedIn(house);
  expect(await statusOfActs(house)).toEqual(["held"]);

  // A thread that is busy once is asked again.
  broken = true;
  await expect(second.tick()).rejects.toMatchObject({ code: "busy" });
  await first.close();
  await expect(second.tick()).rejects.toMatchObject({ code: "busy" });
  broken = false;
  await second.tick();
  await second.tick();
  expect(second.isLeader()).toBe(true);
  expect(second.current()?.compiled.revision).toBe("r2");
  expect([await grantedIn(house), await statusOfActs(house)]).toEqual([granted, ["held"]]);
});

test("an act whose manifest is taken out while reeve only watches, or sends nothing, is cancelled at once", async () => {
  const start = { ...baseline, "device.yaml": device("one", "SIM-1", "ownership: company") };
  await using house = await install({ stores: server, files: start, devices: [phone] });
  await house.enroll();
  await house.settle();
  const { reconciler } = house.controller;
  const look = async () => {
    await reconciler.poll();
    await reconciler.tick();
  };
  const stops = {
    watched: () =>
      setControl(house.store, "observe", "somebody looks", { person: "reeve", at: house.world.now() }),
    halted: () =>
      engage(house.store, {
        name: "kill-switch",
        reason: "somebody looks",
        by: "ada",
        at: house.world.now(),
      }),
  };
  for (const [name, stop] of Object.entries(stops)) {
    house.commit({ ...start, "wipe.yaml": deprovision(name, "devices: [SIM-1]") });
    await look();
    const [hold] = await listHolds(house.store);
    await approveHold(house.looking, hold?.digest ?? "", { name: "somebody-else" }, undefined);
    await stop();
    house.commit(start);
    await look();
    expect((await statusOfActs(house)).filter((status) => status !== "cancelled")).toEqual([]);
    if (name === "watched") await resume(house.looking, "observe", undefined, { name: "operator" });
  }
});
