import { expect, it } from "vitest";
import { countCommands } from "./commands.ts";
import { type DeviceFilter, listDevices } from "./devices.ts";
import { openUserChannel } from "./enrollment.ts";
import { appendEvents, countRoutine, type EventFilter, listEvents } from "./events.ts";
import { countStatus } from "./status.ts";
import { asserted, changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** What every store promises to those who look: devices, events, commands. */
export function lookingContract(stores: TestStores): void {
  it("finds devices by every filter of the portal", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1, {
      asserted: { owner: asserted("Ada@acme.example"), "tag.site": asserted("berlin") },
    });
    await enroll(store, 2, { facts: { platform: asserted("macos"), model: asserted("Mac14,2") } });
    await openUserChannel(store, {
      channel: "UDID-1:ada-1",
      deviceChannel: "UDID-1",
      certificate: "c",
      topic: "t",
      at: start,
    });
    const row = await channelOf(store, "UDID-1");
    const detail = { QueryResponses: { PhoneNumber: "+49 (151) 2345", iTunesStoreAccountIsActive: true } };
    const observed = { id: "o", body: { profiles: { "com.acme.wifi": "UUID" }, owned: {} } };
    await store.channels.write(
      changeOf(row, { observed, details: [{ section: "device", detail, at: start }] }),
    );
    const find = async (filter: Omit<DeviceFilter, "limit">) =>
      (await listDevices(store, { ...filter, limit: 10 })).map((one) => one.id);
    const filters: Omit<DeviceFilter, "limit">[] = [
      { model: "iphone15" },
      { owner: "ada@ACME.example" },
      { phone: "151 2345" },
      { storeAccount: true },
      { user: "ADA" },
      { profile: "com.acme.wifi" },
      { tags: { site: "berlin" } },
      { facts: { platform: "ios" } },
      { ids: [device] },
    ];

    for (const filter of filters) expect([filter, await find(filter)]).toEqual([filter, [device]]);
    expect(await find({})).toHaveLength(2);
    expect(await find({ registered: false })).toEqual([]);
    expect(await find({ model: "iphone15", tags: { site: "paris" } })).toEqual([]);
    // The other one has not said whether it has one.
    expect(await find({ storeAccount: false })).toEqual([]);
  });

  it("counts devices by what their condition follows from", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 6; n += 1) await enroll(store, n);
    const row = await channelOf(store, "UDID-0");
    const progress = { x: { digest: "d", attempts: 1, phase: "failed", at: start } } as const;
    await store.channels.write(changeOf(row, { state: { ...row.state, progress }, seenAt: start + 100 }));
    const declared = { id: "set", body: { token: "t", entries: [] }, takesAway: false };
    for (const id of ["UDID-4", "UDID-5"]) {
      const handed = await channelOf(store, id);
      const state = { ...handed.state, declared: { set: "set", token: "t", wanted: "t", at: start } };
      await store.channels.write(changeOf(handed, { state, declared }));
    }

    const groups = await countStatus(store, start + 1);

    expect(
      groups.map((group) => [
        group.count,
        group.silent,
        group.progress,
        group.facts?.body.platform?.value,
        group.declared?.body.token,
      ]),
    ).toEqual([
      [3, true, {}, "ios", undefined],
      [2, true, {}, "ios", "t"],
      [1, false, progress, "ios", undefined],
    ]);
    expect(groups[2]?.example).toBe(row.device);
    const sets = (await listDevices(store, { limit: 10 })).map((one) => one.declared?.body.token ?? "");
    expect(sets.sort()).toEqual(["", "", "", "", "t", "t"]);
  });

  it("finds events by type, subject and time, and leaves routine ones out where asked", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const event = (type: string, n: number, subject?: string) =>
      ({ type, at: start + n, message: `${n}`, ...(subject === undefined ? {} : { subject }) }) as const;
    await appendEvents(store, [
      event("act.approved", 0, "Operation/lock@1"),
      event("item.verified", 1, "Profile/wifi"),
      event("item.failed", 2, "Profile/wifi"),
      event("item.verified", 3, "App/chat"),
      event("actual", 4),
    ]);
    const found = async (filter: Partial<EventFilter>) =>
      (await listEvents(store, { ...filter, limit: 10 })).map((one) => one.message).join("");

    expect(await found({})).toBe("43210");
    expect(await found({ types: ["act.", "item.f"] })).toBe("20");
    expect(await found({ subject: "Profile/" })).toBe("21");
    expect(await found({ since: start + 1, until: start + 3 })).toBe("21");
    expect(await found({ notable: true })).toBe("420");
    const [first] = await listEvents(store, { types: ["act.approved"], limit: 1 });
    expect(await found({ after: first?.seq ?? 0, notable: true })).toBe("24");
    expect(await countRoutine(store, { limit: 10 })).toBe(2);
    expect(await countRoutine(store, { limit: 1 })).toBe(1);
    expect(await countRoutine(store, { limit: 10, subject: "App/" })).toBe(1);
  });

  it("counts commands by type and status", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    const ledger = [sent("c", { type: "query", section: "device" })];
    await store.channels.write(changeOf(row, { ledger }));

    expect(await countCommands(store, start)).toEqual([
      { requestType: "DeviceInformation", status: "sent", count: 1 },
    ]);
    expect(await countCommands(store, start + 1)).toEqual([]);
  });
}
