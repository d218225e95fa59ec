import { expect, test } from "vitest";
import { viewDevices } from "../../loop/view-devices.ts";
import { viewExplanation } from "../../loop/view-explanation.ts";
import { listEvents } from "../../store/events.ts";
import { type Installation, install, storesOfSuite } from "../installation.ts";
import { app, files, policy } from "../manifests.ts";

const stores = await storesOfSuite();
const minute = 60_000;
const hour = 60 * minute;
const whatsApp = "net.whatsapp.WhatsApp";

const restricted = files({
  "whatsapp.yaml": app("whatsapp", whatsApp),
  "policy.yaml": policy("apps: [{name: whatsapp, install: blocked}]"),
});

test.each(stores)(
  "on $name a restricted app is blocked where the device can, and told where it cannot",
  async (store) => {
    await using house = await install({
      stores: store,
      files: restricted,
      devices: [
        { serial: "SIM-1", platform: "ios", name: "company", supervised: true },
        { serial: "SIM-2", platform: "ios", name: "private", supervised: false },
        { serial: "SIM-3", platform: "macos", name: "mac" },
      ],
    });
    await house.enroll();
    await house.settle();
    expect(Object.keys(house.device("SIM-1").snapshot().profiles)).toContain(`reeve.blocked.${whatsApp}`);
    for (const serial of ["SIM-2", "SIM-3"])
      expect(Object.keys(house.device(serial).snapshot().profiles)).toEqual(["reeve.enrollment"]);
    expect(await conditions(house)).toEqual(["Ready AsDeclared", "Ready AsDeclared", "Ready AsDeclared"]);

    for (const serial of ["SIM-2", "SIM-3"]) house.device(serial).user.installApp(whatsApp);
    await house.pass(13 * hour, hour);
    expect(await conditions(house)).toEqual(["Ready AsDeclared", "Stalled Violated", "Stalled Violated"]);
    const { items, device } = await viewExplanation(house.looking, "SIM-2", "App/whatsapp");
    expect(items).toMatchObject([{ state: "violated", detail: "it is on the device" }]);
    expect(device.condition.message).toContain(whatsApp);
    // It is the user's own: nobody takes it away.
    expect(Object.keys(house.device("SIM-2").snapshot().apps)).toContain(whatsApp);

    for (const serial of ["SIM-2", "SIM-3"]) house.device(serial).user.removeApp(whatsApp);
    await house.pass(13 * hour, hour);
    expect(await conditions(house)).toEqual(["Ready AsDeclared", "Ready AsDeclared", "Ready AsDeclared"]);
    const told = await listEvents(house.store, { types: ["item."], limit: 50 });
    const count = (type: string) => told.filter((one) => one.type === type).length;
    expect([count("item.violated"), count("item.complied")]).toEqual([2, 2]);
    expect(house.fleet.violations()).toEqual([]);
  },
);

test.each(stores)("on $name an app that is there already is told on the first look", async (store) => {
  await using house = await install({
    stores: store,
    files: files({}),
    devices: [{ serial: "SIM-1", platform: "ios", name: "private", supervised: false }],
  });
  house.device("SIM-1").user.installApp(whatsApp);
  await house.enroll();
  await house.settle();
  house.commit(restricted);
  await house.settle();
  expect(await conditions(house)).toEqual(["Stalled Violated"]);

  house.commit(files({ "policy.yaml": policy("profiles: []") }));
  await house.settle();
  expect(await conditions(house)).toEqual(["Ready AsDeclared"]);
});

async function conditions(house: Installation): Promise<readonly string[]> {
  const { devices } = await viewDevices(house.looking, { limit: 10 }, {});
  return devices
    .toSorted((a, b) => ((a.serial ?? "") < (b.serial ?? "") ? -1 : 1))
    .map((one) => `${one.condition.type} ${one.condition.reason}`);
}
