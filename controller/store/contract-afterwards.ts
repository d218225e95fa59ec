import { expect, it } from "vitest";
import { freezeAct } from "./acts.ts";
import { tryWipe, wipeOf } from "./contract-guards.ts";
import { engage } from "./control.ts";
import { carryOutAway } from "./departing.ts";
import { listEvents } from "./events.ts";
import { readmitDevice } from "./lifecycle.ts";
import { afterwards } from "./test-afterwards.ts";
import { enroll, start } from "./test-fleet.ts";
import { day, hour, minute, pass } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

const retire = {
  record: "retired",
  mayEnroll: false,
  erased: true,
  releases: ["knox"],
  ownership: "company",
  platform: "ios",
};

/** What becomes of the record of a device when it has carried out its part of an act, and when it has not. */
export function afterwardsContract(stores: TestStores): void {
  it("counts what the gate let through, or would now, and no other act, device or enrollment", async () => {
    await using scene = await afterwards(stores, 4, 15 * minute);
    const { store, clock, say, id } = scene;
    const retired = () => store.query("select device, act from reeve.lifecycle order by since");
    const both = await scene.approved("both", [1, 2], { afterwards: retire });
    const third = await scene.approved("third", [3], { afterwards: retire });
    const away = await scene.approved("away", [4], { afterwards: retire });
    // It expires when its devices have cooled off.
    const short = (await freezeAct(
      store,
      wipeOf([], {
        name: "Deprovision/short@1",
        expiresAt: start + 15 * minute,
        targets: [{ ...scene.devices[3]!, verb: "wipe", parameters: { afterwards: retire } }],
      }),
    ))!;
    await scene.by(short, "boss", { ttlMs: hour });

    // Both still cool off.
    await say(both, 1);
    await say(both, 1, "held");
    expect(await retired()).toEqual([]);
    await pass(store, clock, 15 * minute);
    for (const [n, act] of [
      [1, both],
      [3, third],
    ] as const)
      expect(await tryWipe(store, n, act.id)).toEqual({ type: "written" });
    expect(await retired()).toEqual([]);
    // What stops the gate stops this, too.
    const latch = (name: string) =>
      engage(store, { name, reason: "test", by: "ops", at: clock.now }).then(() => undefined);
    const stops: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => latch("kill-switch"), "update reeve.latch set engaged = false"],
      [
        () => store.query("update reeve.device set suspended = 'in court' where id = $1", [id(4)]),
        "update reeve.device set suspended = null",
      ],
    ];
    for (const [stop, go] of stops) {
      await stop();
      await say(away, 4);
      await say(away, 4, "held");
      await scene.asOwner(go);
    }
    await say(short, 4);
    expect(await retired()).toEqual([]);
    // Nothing can be sent to one that is away. Another that is suspended, and changes that are held, stop nothing.
    await latch("armed");
    await store.query("update reeve.device set suspended = 'in court' where id = $1", [id(2)]);
    await say(away, 4);
    expect(await retired()).toEqual([{ device: id(4), act: away.id }]);

    // The approval is over: the one that it was sent to has carried it out, the other cannot have.
    clock.now += 2 * hour;
    await say(both, 2);
    await say(both, 1);
    await say(await scene.held("another", [1], [{ afterwards: retire }]), 1);
    const two = [
      { device: id(4), act: away.id },
      { device: id(1), act: both.id },
    ];
    expect(await retired()).toEqual(two);

    // It has enrolled again before it was heard of: neither that one ends, nor by somebody who says that it was meant.
    await enroll(store, 3);
    await say(third, 3);
    await store.query(
      `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at)
       select act, device, 2, verb, parameters, 'sent', 1 from reeve.act_target where act = $1`,
      [third.id],
    );
    await say(third, 3, "executed", 2);
    expect(await retired()).toEqual(two);
    expect(await scene.breaker()).toBe("the record of Deprovision/third@1 is not what reeve has filed");
  });

  it("makes of each device what was approved for it, once, and asks the portals that it stands in", async () => {
    await using scene = await afterwards(stores, 5);
    const { store, say, id } = scene;
    const stock = { ...retire, record: "in-stock", mayEnroll: true, erased: false, releases: [] };
    await scene.asOwner(`
      insert into reeve.enrollment_server (name, created_at) values ('s', 1);
      insert into reeve.enrollment_device (server, serial, present, reading)
      values ('s', 'SERIAL1', true, 1), ('s', 'SERIAL2', true, 1), ('s', 'SERIAL3', false, 1);
      insert into reeve.portal_release (device, portal, since, ended_at)
      values ('${id(1)}', 'zero-touch', 1, 1), ('${id(5)}', 'knox', 1, null);
      insert into reeve.lifecycle values
        ('${id(1)}', 0, 'lost', 'personal', 'macos', 1, null, true, 'gone', 1, 1, 1, '{mark}', 1, 1)`);
    const act = await scene.approved(
      "end",
      [1, 2, 3, 4],
      { afterwards: retire },
      { afterwards: { ...stock, reenrollGroup: "lab" } },
      { afterwards: { ...retire, releases: [], erased: false } },
      { afterwards: { ...retire, record: "lost", releases: [] } },
    );
    const text = await scene.approved("text", [5], { message: "afterwards" });

    for (const n of [1, 2, 3, 4]) await say(act, n);
    await say(text, 5);
    const row = {
      epoch: 1,
      state: "retired",
      ownership: "company",
      platform: "ios",
      since: start,
      act: act.id,
      may_enroll: false,
      reenroll_group: null,
      erase_at: start + 90 * day,
      erased_at: null,
      erase_failed_at: null,
      marks: [],
      refused_at: null,
      ended_at: null,
    };
    const rows = () => store.query("select * from reeve.lifecycle order by device");
    const byDevice = (a: { device: string }, b: { device: string }) => (a.device < b.device ? -1 : 1);
    const found = [
      { ...row, device: id(1) },
      {
        ...row,
        device: id(2),
        state: "in-stock",
        may_enroll: true,
        reenroll_group: "lab",
        erase_at: null,
      },
      { ...row, device: id(3), erase_at: null },
      { ...row, device: id(4), state: "lost" },
    ].sort(byDevice);
    expect(await rows()).toEqual(found);
    const open =
      "select device, portal from reeve.portal_release where ended_at is null order by since desc, portal";
    expect(await store.query(open)).toEqual([
      { device: id(1), portal: "apple-business" },
      { device: id(1), portal: "knox" },
      { device: id(5), portal: "knox" },
    ]);
    const named = await listEvents(store, { limit: 9, types: ["lifecycle."], subject: "Deprovision/end@1" });
    expect(named).toHaveLength(4);
    const said = "the device has carried out its part";
    expect(
      (await listEvents(store, { limit: 9, types: ["lifecycle."] })).map((e) => [
        e.type,
        e.device,
        e.message,
      ]),
    ).toEqual([
      [
        "lifecycle.lost",
        id(4),
        `${said}; it may not enroll again; its personal records are erased after 90 days`,
      ],
      ["lifecycle.retired", id(3), `${said}; it may not enroll again`],
      ["lifecycle.in-stock", id(2), `${said}; it returns to the group lab`],
      [
        "lifecycle.retired",
        id(1),
        `${said}; it may not enroll again; its personal records are erased after 90 days; to be released from apple-business, knox`,
      ],
    ]);

    // A person has taken it back: that it is said once more retires nothing.
    await readmitDevice(store, id(1), start + 1);
    await say(act, 1);
    expect(await rows()).toEqual(
      found.map((one) => (one.device === id(1) ? { ...one, ended_at: start + 1 } : one)),
    );
  });

  it("carries out for devices that are away what was approved for them, and nothing that was withdrawn", async () => {
    await using scene = await afterwards(stores, 2);
    const { store, clock, id } = scene;
    await scene.asOwner(`update reeve.channel set status = 'left';
      insert into reeve.lifecycle (device, epoch, state, ownership, since, may_enroll)
      select d.id, 1, 'in-stock', 'company', 1, true from reeve.device d`);
    const withdrawn = await scene.approved("withdrawn", [1], { afterwards: retire });
    await scene.approved("end", [2], { afterwards: retire });
    // Without a word of the withdrawal itself.
    await store.query("insert into reeve.act_withdrawal values ($1, 1, 'duty', 'enough')", [withdrawn.id]);

    expect(await carryOutAway(store, clock.now)).toEqual([{ act: "Deprovision/end@1", device: id(2) }]);
    const [left] = await store.query("select status from reeve.act_target where act = $1", [withdrawn.id]);
    expect(left).toEqual({ status: "ready" });
  });
}
