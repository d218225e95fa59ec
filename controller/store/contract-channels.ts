import { expect, it } from "vitest";
import { digestOf } from "../core/canonical.ts";
import { type Facts, mergeFacts } from "../core/facts.ts";
import { listGroups } from "./admission.ts";
import { listCommands } from "./commands.ts";
import { findDevices, readDetails } from "./devices.ts";
import { listEvents } from "./events.ts";
import { regrant } from "./regrant.ts";
import { asserted, changeOf, channelOf, enroll, grantedOf, reported, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** What every store promises of reports, commands and details of channels. */
export function channelsContract(stores: TestStores): void {
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
