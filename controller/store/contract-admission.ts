import { expect, it } from "vitest";
import { listGroups } from "./admission.ts";
import { budgetUsed } from "./control.ts";
import { declareDevices } from "./declared.ts";
import { findDevices } from "./devices.ts";
import { openUserChannel } from "./enrollment.ts";
import { acquireLease } from "./leader.ts";
import { countDevices, regrant } from "./regrant.ts";
import { asserted, changeOf, channelOf, enroll, grantedOf, reported, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** What every store promises of devices that are alike, and of what manifests say of them. */
export function admissionContract(stores: TestStores): void {
  it("groups devices that are alike, and grants them all, some, or none", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 6; n += 1) await enroll(store, n);
    await enroll(store, 6, { facts: { platform: reported("macos") } });
    const [phones, macs] = await listGroups(store, "awaiting");
    const at = { dueAt: start + 1, at: start };
    const inFlight = await channelOf(store, "UDID-0");

    const some = await regrant(store, [{ group: phones!, granted: grantedOf("a"), limit: 2 }], at);
    const requests = [
      { group: phones!, granted: grantedOf("b") },
      { group: { ...phones!, granted: grantedOf("z") }, granted: grantedOf("c") },
    ];
    const [rest, none] = await regrant(store, requests, at);
    const late = await store.channels.write(changeOf(inFlight));

    expect([phones?.count, macs?.count]).toEqual([6, 1]);
    expect([...some, rest, none]).toEqual([2, 4, 0]);
    expect(late).toEqual({ type: "lost" });
    const groups = await listGroups(store);
    expect(groups.map((group) => [group.count, group.granted?.body.groups])).toEqual([
      [4, ["b"]],
      [2, ["a"]],
      [1, undefined],
    ]);
    expect(await listGroups(store, "awaiting")).toHaveLength(1);
  });

  it("takes something only from devices that the budgets have counted, each once and with all its users", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    for (let n = 0; n < 4; n += 1) await enroll(store, n);
    for (const user of ["A", "B", "C"]) {
      const channel = `UDID-0:${user}`;
      await openUserChannel(store, {
        ...{ channel, deviceChannel: "UDID-0", certificate: "c", topic: "t", at: start },
      });
    }
    const lease = await acquireLease(store, { name: "loop", holder: "me", ttlMs: 1_000 });
    const at = { at: start, revision: "r", lease: lease! };
    const [devices, users] = await listGroups(store);
    const takes = { granted: grantedOf("less"), removes: true } as const;
    const of = (group: typeof devices, fresh: number) => [{ group: group!, ...takes, fresh }];
    const used = (budget: string) => budgetUsed(store, budget, start - 3_600_000, start);
    const options = { dueAt: start + 1, at: start };

    const late = countDevices(store, of(devices, 4), { ...at, lease: { ...lease!, term: 7 } });
    await expect(late).rejects.toMatchObject({ code: "lease-lost" });
    expect(await regrant(store, of(devices, 4), options)).toEqual([0]);
    await countDevices(store, of(users, 1), at);
    await countDevices(store, of(users, 0), at);
    expect(await used("removals")).toBe(1);
    expect(await regrant(store, of(users, 1), options)).toEqual([3]);
    const [again] = await listGroups(store);
    await countDevices(store, of(again, 2), at);
    const cutOff = { group: again!, granted: grantedOf("cut"), isolates: true };

    expect([devices, users, again].map((one) => [one?.count, one?.devices, one?.counted?.removals])).toEqual([
      [4, 4, 0],
      [3, 1, 0],
      [4, 4, 1],
    ]);
    expect([await used("removals"), await used("isolating")]).toEqual([3, 0]);
    expect(await regrant(store, [cutOff], options)).toEqual([0]);
    expect(await regrant(store, of(again, 2), options)).toEqual([3]);
  });

  it("asserts what manifests declare, remembers their names for a device, and takes both back", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1);
    await enroll(store, 2);
    const row = await channelOf(store, "UDID-2");
    const imei = {
      section: "device",
      detail: { QueryResponses: { IMEI: "35 123456 7" } },
      at: start,
    } as const;
    await store.channels.write(changeOf(row, { details: [imei] }));
    const owner = { owner: asserted("ada@acme.example") };
    const declarations = [
      { name: "ipad-1", match: { serial: "SERIAL1" }, alias: "IPAD-1", facts: owner },
      {
        name: "phone-2",
        match: { imei: "351234567" },
        alias: "PHONE-2",
        facts: { owner: asserted("bo@acme.example") },
      },
      { name: "ghost", match: { serial: "NONE" }, alias: undefined, facts: {} },
    ];
    const references = new Set(["ipad-1", "IPAD-1", "UDID-2", "phone-2", "SERIAL9"]);

    const declared = await declareDevices(store, declarations, references, { at: start });
    const again = await declareDevices(store, declarations, references, { at: start });
    const [found] = await findDevices(store, "ipad-1");
    const [second] = await findDevices(store, "UDID-2");
    const gone = await declareDevices(store, [], new Set(), { at: start });

    expect(declared).toEqual({ changed: 2, unmatched: ["ghost"], ambiguous: [] });
    expect(again.changed).toBe(0);
    expect(found).toMatchObject({ id: device, alias: "IPAD-1", named: ["IPAD-1", "ipad-1"], facts: owner });
    expect(second).toMatchObject({
      named: ["UDID-2"],
      alias: "PHONE-2",
      facts: { owner: reported("bo@acme.example") },
    });
    expect(gone.changed).toBe(2);
    expect(await findDevices(store, "IPAD-1")).toEqual([]);
  });
}
