import { expect, it } from "vitest";
import { listCommands } from "./commands.ts";
import { listDevices } from "./devices.ts";
import { beginEpoch, checkOut, openUserChannel, releaseQuarantined, updateToken } from "./enrollment.ts";
import { readSecret } from "./secrets.ts";
import { authentication, changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** What every store promises of enrollments: epochs, user channels, tokens. */
export function epochsContract(stores: TestStores): void {
  it("begins an epoch, and ends what was open in the one before", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const first = await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    await store.channels.write(
      changeOf(row, {
        state: { ...row.state, progress: { x: { digest: "d", attempts: 1, phase: "sent", at: start } } },
        ledger: [sent("old", { type: "query", section: "device" })],
        observed: { id: "o", body: { owned: {} } },
      }),
    );

    const second = await beginEpoch(store, authentication(1, { certificate: "new", at: start + 1 }));
    const after = await channelOf(store, "UDID-1");

    expect(first).toMatchObject({ epoch: 1, created: true });
    expect(second).toEqual({ device: first.device, epoch: 2, created: false });
    expect(after).toMatchObject({
      status: "authenticated",
      certificate: "new",
      epoch: 2,
      state: { progress: {} },
    });
    expect(after.observed).toBeUndefined();
    expect(after.version).toBeGreaterThan(row.version);
    expect(await listCommands(store, { limit: 5 })).toMatchObject([
      { id: "old", epoch: 1, status: "abandoned" },
    ]);
    expect(await readSecret(store, "UDID-1", "push")).toBeUndefined();
  });

  it("knows a device by its serial when it comes with another UDID, and leaves the old channel", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const first = await enroll(store, 1);

    const again = await enroll(store, 9, { serial: "SERIAL1" });

    expect(again).toEqual({ device: first.device, epoch: 2, created: false });
    expect((await channelOf(store, "UDID-1")).status).toBe("left");
    expect(await listDevices(store, { limit: 10 })).toMatchObject([{ id: first.device, channel: "UDID-9" }]);
  });

  it("opens user channels in the device's epoch and leaves all of them on check-out", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1);
    const user = { channel: "UDID-1:USER", deviceChannel: "UDID-1", certificate: "c", topic: "t", at: start };

    const opened = await openUserChannel(store, user);
    const left = await checkOut(store, "UDID-1", start + 1);
    const again = await checkOut(store, "UDID-1", start + 2);
    const late = await openUserChannel(store, user);

    expect(opened).toEqual({ device, epoch: 1 });
    expect([left, again, late]).toEqual([true, false, undefined]);
    expect((await channelOf(store, "UDID-1:USER")).status).toBe("left");
    expect(await listDevices(store, { registered: true, limit: 5 })).toEqual([]);
    expect(await listDevices(store, { registered: false, limit: 5 })).toMatchObject([{ id: device }]);
  });

  it("keeps tokens sealed, and quarantines a token without an enrollment until it is released", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const push = { token: "canary-token", magic: "canary-magic", topic: "t" };
    const update = { channel: "UDID-1", push, unlockToken: Buffer.from("canary-unlock"), at: start };

    await updateToken(store, { ...update, quarantined: true });
    const quarantined = (await channelOf(store, "UDID-1")).status;
    const released = await releaseQuarantined(store, "UDID-1", [], start);
    const rows = await store.query<{ text: string }>("select s::text as text from reeve.channel_secret s");

    expect(quarantined).toBe("quarantined");
    expect(released).toBe(true);
    expect((await channelOf(store, "UDID-1")).status).toBe("enrolled");
    expect((await readSecret(store, "UDID-1", "unlock-token"))?.toString()).toBe("canary-unlock");
    expect(JSON.stringify(rows)).not.toContain("canary");
    expect(await updateToken(store, { ...update, channel: "nobody" })).toBe(false);
  });
}
