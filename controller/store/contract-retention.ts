import { expect, it } from "vitest";
import { freezeAct, listActs } from "./acts.ts";
import { approve } from "./approvals.ts";
import { listCommands } from "./commands.ts";
import { roomy, tryWipe, wipeOf } from "./contract-guards.ts";
import { sealEvents } from "./event-seals.ts";
import { appendEvents, listEvents } from "./events.ts";
import { prune } from "./retention.ts";
import { changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const day = 86_400_000;

export function retentionContract(stores: TestStores): void {
  it("prunes by retention class", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    await store.channels.write(
      changeOf(row, {
        ledger: [sent("c", { type: "query", section: "device" })],
        details: [{ section: "device", detail: {}, at: start }],
        events: [
          { type: "item.verified", at: start, message: "" },
          { type: "act.executed", at: start, message: "" },
          { type: "halted", at: start, message: "" },
        ],
      }),
    );
    const next = await channelOf(store, "UDID-1");
    const closed = { type: "closed", id: "c", status: "executed", at: start } as const;
    await store.channels.write(changeOf(next, { ledger: [closed] }));

    await sealEvents(store, 10);
    now = start + 31 * day;
    await prune(store);
    const afterMonth = [
      await listCommands(store, { limit: 5 }),
      await store.query("select from reeve.detail"),
    ];
    now = start + 401 * day;
    await prune(store);

    expect(afterMonth.map((rows) => rows.length)).toEqual([1, 0]);
    expect(await listCommands(store, { limit: 5 })).toEqual([]);
    expect((await listEvents(store, { limit: 5 })).map((event) => event.type)).toEqual([
      "halted",
      "act.executed",
    ]);
    expect((await channelOf(store, "UDID-1")).facts?.body.platform?.value).toBe("ios");
  });

  it("prunes the oldest first, in slices, and goes on where another left off", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    const events = Array.from({ length: 7 }, (_, n) => ({
      type: "item.failed",
      at: start + n,
      message: `${n}`,
    }));
    await appendEvents(store, [...events, { type: "act.approved", at: start, message: "for ever" }]);
    await sealEvents(store, 10);
    now = start + 401 * day;
    const left = async () => (await listEvents(store, { limit: 20 })).map((one) => one.message);
    let asked = 0;
    // Leadership is lost after two slices of events, before which come two empty classes.
    const goesOn = () => {
      asked += 1;
      return asked <= 4;
    };

    const first = await prune(store, { slice: 2, goesOn });
    const between = await left();
    const before = store.statements();
    const rest = await prune(store, { slice: 2 });

    expect(first).toBe(4);
    expect(between).toEqual(["for ever", "6", "5", "4"]);
    expect(rest).toBe(3);
    expect(await left()).toEqual(["for ever"]);
    // Eight classes, one of which needs a second slice; each a statement, and so a transaction, of its own.
    expect(store.statements() - before).toBe(9 + 1);
  });

  it("keeps what destroyed something for ever: command, act, approval and release", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => now));
    const begun = await enroll(store, 1);
    const frozen = await freezeAct(store, wipeOf([begun]));
    if (frozen === undefined) throw new Error("not frozen");
    await approve(store, { act: frozen.id, digest: frozen.digest, by: "boss", ttlMs: 60_000, at: start });
    expect(await tryWipe(store, 1, frozen.id)).toEqual({ type: "written" });
    const row = await channelOf(store, "UDID-1");
    const closed = { type: "closed", id: "wipe-1", status: "executed", at: start } as const;
    await store.channels.write(changeOf(row, { ledger: [closed] }));

    now = start + 4_000 * day;
    await prune(store, { slice: 1 });

    expect(await listCommands(store, { limit: 5 })).toMatchObject([{ id: "wipe-1", status: "executed" }]);
    expect(await listActs(store, 5)).toHaveLength(1);
    expect(await store.query("select from reeve.approval")).toHaveLength(1);
    expect(await store.query("select from reeve.release")).toHaveLength(1);
  });
}
