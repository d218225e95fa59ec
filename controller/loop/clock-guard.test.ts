import { expect, test } from "vitest";
import { addServer, listServers, noteSuccess } from "../store/enrollment-servers.ts";
import { listEvents } from "../store/events.ts";
import { bothStores, install } from "../test/installation.ts";
import { baseline } from "../test/manifests.ts";
import { viewDevices } from "./view-devices.ts";
import { viewStatus } from "./view-status.ts";

const stores = await bothStores();
const minute = 60_000;
const hour = 60 * minute;
const tablet = { serial: "SIM-1", platform: "ipados", name: "IPAD-1" } as const;

test.each(stores)(
  "on $name a clock that ran a month ahead and came back leaves nobody asleep",
  async (store) => {
    let ahead = 0;
    let now = (): number => 0;
    const parts = { clock: () => now() + ahead };
    await using house = await install({ stores: store, files: baseline, devices: [tablet], parts });
    now = house.world.now;
    await house.enroll();
    await house.settle();
    ahead = 30 * 24 * hour;
    await house.pass(20 * minute, 10 * minute);
    await addServer(house.store, "abm", 0);
    await noteSuccess(house.store, "abm", parts.clock(), parts.clock() + hour);
    ahead = 0;
    await house.pass(20 * minute);
    const [server] = await listServers(house.store);
    expect(server?.nextAt).toBeLessThanOrEqual(parts.clock());

    // Windows and exemptions go by the latest time that it has shown.
    const status = await viewStatus({ ...house.looking, clock: parts.clock }, { source: "", warnings: [] });
    const warned = status.warnings.filter(({ message }) => message.startsWith("maintenance windows"));
    expect(warned).toEqual([
      { message: expect.stringContaining("has shown"), hint: expect.stringContaining("docs/postgres.md") },
    ]);

    const device = house.device("SIM-1");
    device.user.removeApp("com.tinyspeck.chatlyio");
    expect(device.snapshot().apps["com.tinyspeck.chatlyio"]).toBeUndefined();
    await house.pass(2 * hour + 20 * minute);
    expect(device.snapshot().apps["com.tinyspeck.chatlyio"]).toMatchObject({ managed: true });
    const { devices } = await viewDevices({ ...house.looking, clock: parts.clock }, { limit: 10 }, {});
    expect(devices[0]?.lastSeenAt).toBeLessThanOrEqual(house.world.now());
    const told = (await listEvents(house.store, { limit: 200 })).filter(
      (one) => one.type === "clock.backwards",
    );
    expect(told).toHaveLength(1);
    expect(house.fleet.violations()).toEqual([]);
  },
);
