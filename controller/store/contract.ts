import { describe, expect, it } from "vitest";
import { digestOf } from "../core/canonical.ts";
import { type Facts, mergeFacts } from "../core/facts.ts";
import { listGroups, regrant } from "./admission.ts";
import { listCommands } from "./commands.ts";
import { disruptionContract } from "./contract-disruption.ts";
import { enrollingContract } from "./contract-enrolling.ts";
import { guardsContract } from "./contract-guards.ts";
import { recordsContract } from "./contract-records.ts";
import { retentionContract } from "./contract-retention.ts";
import { declareDevices } from "./declared.ts";
import { findDevices, listDevices, readDetails } from "./devices.ts";
import { beginEpoch, checkOut, openUserChannel, releaseQuarantined, updateToken } from "./enrollment.ts";
import { listEvents } from "./events.ts";
import { readSecret } from "./secrets.ts";
import {
  asserted,
  authentication,
  changeOf,
  channelOf,
  enroll,
  grantedOf,
  reported,
  sent,
  start,
} from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** What every sort of store does. Run it with PGlite and with a real PostgreSQL. */
export function storeContract(stores: TestStores): void {
  describe(`${stores.name}: channels`, () => channelsContract(stores));
  describe(`${stores.name}: enrollment`, () => enrollmentContract(stores));
  enrollingContract(stores);
  describe(`${stores.name}: admission`, () => admissionContract(stores));
  describe(`${stores.name}: guards`, () => guardsContract(stores));
  describe(`${stores.name}: disruption`, () => disruptionContract(stores));
  describe(`${stores.name}: records`, () => recordsContract(stores));
  describe(`${stores.name}: retention`, () => retentionContract(stores));
}

function channelsContract(stores: TestStores): void {
  it("reads and writes any number of concurrent reports in two statements each batch", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 40; n += 1) await enroll(store, n);
    const before = store.statements();

    const results = await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const row = await channelOf(store, `UDID-${n}`);
        const query = { type: "query", section: "device" } as const;
        const detail = { section: "device", detail: { Model: `m${n}` }, at: start } as const;
        return store.channels.write(
          changeOf(row, {
            ledger: [sent(`command-${n}`, query)],
            details: [detail],
            observed: { id: `observed-${n % 3}`, body: { owned: {} } },
            events: [{ type: "test", at: start, message: `from ${n}` }],
          }),
        );
      }),
    );

    expect(results).toEqual(Array(40).fill({ type: "written" }));
    expect(store.statements() - before).toBeLessThanOrEqual(2 * 40);
    // All forty arrived in the same tick: one read, and few writes.
    expect(store.statements() - before).toBeLessThanOrEqual(8);
    expect(await listCommands(store, { limit: 100 })).toHaveLength(40);
    expect(await listEvents(store, { types: ["test"], limit: 100 })).toHaveLength(40);
    expect((await channelOf(store, "UDID-7")).observed).toEqual({ id: "observed-1", body: { owned: {} } });
  });

  it("costs a single report at most two statements", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const before = store.statements();

    const row = await channelOf(store, "UDID-1");
    await store.channels.write(changeOf(row, { ledger: [sent("a", { type: "query", section: "device" })] }));

    expect(store.statements() - before).toBe(2);
  });

  it("refuses a write against an old version, with all of its parts", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    await store.channels.write(changeOf(row));

    const result = await store.channels.write(
      changeOf(row, {
        ledger: [sent("lost", { type: "query", section: "device" })],
        details: [{ section: "device", detail: {}, at: start }],
        events: [{ type: "lost", at: start, message: "" }],
        observed: { id: "lost", body: { owned: {} } },
        facts: { reported: {}, merged: { id: "lost", body: {} } },
      }),
    );

    expect(result).toEqual({ type: "lost" });
    expect(await listCommands(store, { limit: 10 })).toEqual([]);
    expect(await listEvents(store, { types: ["lost"], limit: 10 })).toEqual([]);
    expect(await readDetails(store, row.device)).toEqual([]);
    expect(await store.query("select from reeve.interned where id = 'lost'")).toEqual([]);
    expect((await channelOf(store, "UDID-1")).facts?.id).toBe(row.facts?.id);
  });

  it("lets exactly one of several concurrent writes of a channel win", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");

    const results = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        store.channels.write(
          changeOf(row, { ledger: [sent(`c${n}`, { type: "query", section: "device" })] }),
        ),
      ),
    );

    expect(results.filter((result) => result.type === "written")).toHaveLength(1);
    expect(await listCommands(store, { limit: 10 })).toHaveLength(1);
  });

  it("keeps poison in one report from harming the others of its batch", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 5; n += 1) await enroll(store, n);
    const rows = await Promise.all([0, 1, 2, 3, 4].map((n) => channelOf(store, `UDID-${n}`)));
    const nul = { "bad\0key": "NUL \0 and half a pair \ud800" };
    // Deeper than PostgreSQL's parser goes, but not deeper than V8's.
    let deep: unknown[] = [];
    for (let level = 0; level < 7_000; level += 1) deep = [deep];

    const results = await Promise.allSettled(
      rows.map((row, n) => {
        const detail = n === 1 ? nul : n === 3 ? (deep as never) : { fine: n };
        return store.channels.write(changeOf(row, { details: [{ section: "device", detail, at: start }] }));
      }),
    );

    expect(results.map((result) => result.status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    const [detail] = await readDetails(store, rows[1]?.device ?? "");
    expect(detail?.detail).toEqual({ "bad\uFFFDkey": "NUL \uFFFD and half a pair \uFFFD" });
  });

  it("records late and repeated results once, and only for the channel that the command was sent to", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    await enroll(store, 2);
    const write = async (channel: string, ledger: Parameters<typeof changeOf>[1]) =>
      store.channels.write(changeOf(await channelOf(store, channel), ledger));
    const closed = (status: "executed" | "failed", at: number) =>
      ({ ledger: [{ type: "closed", id: "c", status, at }] }) as const;
    await write("UDID-1", { ledger: [sent("c", { type: "query", section: "device" })] });

    await write("UDID-2", closed("failed", start + 1));
    const afterForeign = await listCommands(store, { id: "c", limit: 1 });
    await write("UDID-1", closed("executed", start + 2));
    await write("UDID-1", closed("failed", start + 3));
    const atTheEnd = await listCommands(store, { id: "c", limit: 1 });

    expect(afterForeign[0]?.status).toBe("sent");
    expect(atTheEnd[0]).toMatchObject({ status: "executed", closedAt: start + 2 });
  });

  it("sends a command again under its id after NotNow", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const write = async (ledger: Parameters<typeof changeOf>[1]) =>
      store.channels.write(changeOf(await channelOf(store, "UDID-1"), ledger));
    const command = sent("c", { type: "query", section: "device" });

    await write({ ledger: [command] });
    await write({ ledger: [{ type: "closed", id: "c", status: "notNow", at: start }] });
    await write({ ledger: [command] });

    expect(await listCommands(store, { limit: 5 })).toMatchObject([
      { id: "c", status: "sent", closedAt: undefined },
    ]);
  });

  it("makes a device await admission when its reported facts change what is merged", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1, { asserted: { owner: asserted("a@b.example") } });
    const [group] = await listGroups(store, "awaiting");
    await regrant(store, [{ group: group!, granted: grantedOf("a") }], { dueAt: start, at: start });
    const row = await channelOf(store, "UDID-1");
    const facts: Facts = { ...row.reported, osVersion: reported("19.1"), owner: reported("somebody else") };
    const body = mergeFacts(facts, row.asserted);

    expect(await listGroups(store, "awaiting")).toEqual([]);
    await store.channels.write(
      changeOf(row, { facts: { reported: facts, merged: { id: digestOf(body), body } } }),
    );

    const [awaiting] = await listGroups(store, "awaiting");
    expect(awaiting?.facts.body).toMatchObject({
      osVersion: { value: "19.1" },
      owner: { value: "a@b.example" },
    });
    expect(await findDevices(store, device)).toMatchObject([{ awaiting: true }]);
  });

  it("notes contacts in one statement when asked to", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 20; n += 1) await enroll(store, n);
    const before = store.statements();

    for (let n = 0; n < 20; n += 1) store.channels.seen(`UDID-${n}`, start + 1000 + n);
    store.channels.seen("UDID-3", start + 5);
    store.channels.seen("unknown", start);
    await store.flush();
    await store.flush();

    expect(store.statements() - before).toBe(1);
    expect((await channelOf(store, "UDID-3")).lastSeenAt).toBe(start + 1003);
  });

  it("keeps the newest detail of each section", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const { device } = await enroll(store, 1);
    const write = async (detail: string, at: number) => {
      const row = await channelOf(store, "UDID-1");
      await store.channels.write(changeOf(row, { details: [{ section: "security", detail, at }] }));
    };

    await write("new", start + 10);
    await write("old", start);
    await write("new", start + 20);

    const channel = "UDID-1";
    expect(await readDetails(store, device)).toEqual([
      { channel, section: "security", detail: "new", collectedAt: start + 20 },
    ]);
  });
}

function enrollmentContract(stores: TestStores): void {
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

function admissionContract(stores: TestStores): void {
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
