import { expect, test } from "vitest";
import { approveHold } from "../../loop/control.ts";
import { viewHolds } from "../../loop/view-holds.ts";
import { viewStatus } from "../../loop/view-status.ts";
import { listEvents } from "../../store/events.ts";
import { install, storesOfSuite } from "../installation.ts";
import { baseline, deprovision, device, type Files } from "../manifests.ts";

const stores = await storesOfSuite();
const quiet: Files = {
  ...baseline,
  "devices.yaml": ["SIM-1", "SIM-2"]
    .map((one) => device(one.toLowerCase(), one, "ownership: company"))
    .join("---\n"),
};
const wipe = (target: string): Files => ({ "old.yaml": deprovision("old", `devices: [${target}]`) });

test.each(stores)(
  "on $name an older record of who asked for an act, put back by somebody with the database, makes nobody its author",
  async (store) => {
    await using house = await install({
      stores: store,
      files: quiet,
      devices: ["SIM-1", "SIM-2"].map((serial) => ({
        serial,
        platform: "ipados" as const,
        supervised: true,
      })),
    });
    const [one] = house.fleet.devices;
    if (one === undefined) return;
    await house.enroll([one]);
    await house.settle();
    // Lea asks for an act on a device that is not there, so that it is not frozen.
    house.commit({ ...quiet, ...wipe("sim-2") }, { author: "lea" });
    await house.settle();
    const [record] = await house.store.query<{ sealed: string }>(
      "select sealed from reeve.material where name = 'act-authors'",
    );
    const putBack = () =>
      house.store.query("update reeve.material set sealed = $1 where name = 'act-authors'", [record?.sealed]);

    // Mallory turns it upon another one while nothing is filed, and has hers forgotten.
    await house.store.query(
      "insert into reeve.control (name, value, by_person, at) values ('observe', '\"x\"', 'x', 0)",
    );
    house.commit({ ...quiet, ...wipe("sim-1") }, { author: "mallory" });
    await house.settle();
    await putBack();
    await house.store.query("delete from reeve.control where name = 'observe'");
    await house.settle();
    expect(await viewHolds(house.looking)).toEqual([]);
    // Nothing is filed, and people see it; so do they when the record cannot be read at all.
    const told = async () =>
      (await viewStatus(house.looking, { source: "", warnings: [] })).warnings.filter((one) =>
        one.message.startsWith("no act of the revision in force is filed"),
      ).length;
    expect(await told()).toBe(1);
    const alarms = await listEvents(house.store, { limit: 9, types: ["gate.authors"] });
    expect(alarms.map((one) => one.subject)).toEqual(["r3"]);
    await house.store.query("update reeve.material set sealed = 'x' || sealed where name = 'act-authors'");
    expect(await told()).toBe(1);

    house.commit({ ...quiet, ...wipe("sim-1"), "more.yaml": device("more", "SIM-3") }, { author: "lea" });
    await house.settle();
    const [hold] = await viewHolds(house.looking);
    expect(hold).toMatchObject({ act: "Deprovision/old@1", author: "" });
    const approving = approveHold(house.looking, hold?.digest ?? "", { name: "mallory" }, undefined);
    await expect(approving).rejects.toMatchObject({ code: "approval-author-unknown" });
    await house.settle();
    expect(one.ledger.of("erased")).toEqual([]);
  },
);
