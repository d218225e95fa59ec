import { expect, it } from "vitest";
import { getContents, putContents } from "./content.ts";
import { budgetUsed, listControls, setControl } from "./control.ts";
import { updateToken } from "./enrollment.ts";
import { appendEvents, listEvents } from "./events.ts";
import { acquireLease, releaseLease } from "./leader.ts";
import { countLicences } from "./licence-counts.ts";
import { changeLicences } from "./licences.ts";
import { getMaterial, materialOrMake } from "./material.ts";
import { claimPushes, dueBacklog, markDue, markTokenDead } from "./push.ts";
import { forgetQuarantined, listQuarantine, quarantine, readQuarantined } from "./quarantine.ts";
import { listRevisions, putRevision, revisionInForce } from "./revisions.ts";
import { channelOf, enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

export function recordsContract(stores: TestStores): void {
  it("answers each statement with its own rows, whatever failed before it or at the same time", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const divide = (n: number) =>
      store.query<{ n: number }>("select $1::int / $2::int as n", [n, n % 2]).then(
        ([row]) => row?.n,
        (error: Error) => error.message,
      );
    const expected = [0, 1, 2, 3, 4, 5].map((n) => (n % 2 === 0 ? "division by zero" : n));

    expect(await Promise.all([0, 1, 2, 3, 4, 5].map(divide))).toEqual(expected);
    const inTurn = [];
    for (const n of [0, 1, 2, 3, 4, 5]) inTurn.push(await divide(n));
    expect(inTurn).toEqual(expected);
  });

  it("claims due pushes once, waits longer each time, and stops for a dead token", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 6; n += 1) await enroll(store, n);
    const claim = { at: start, limit: 4, retryMs: 1000, maxRetryMs: 3000 };
    await markDue(store, [(await channelOf(store, "UDID-5")).device], 0);

    const claims = await Promise.all([claimPushes(store, claim), claimPushes(store, claim)]);
    // Two that look for work at the same moment may leave some of it to the next.
    const all = [...claims.flat(), ...(await claimPushes(store, claim))];
    const nothing = await claimPushes(store, { ...claim, at: start + 999 });
    const again = await claimPushes(store, { ...claim, at: start + 1000, limit: 10 });
    const third = await claimPushes(store, { ...claim, at: start + 2999, limit: 10 });
    const dead = await markTokenDead(store, "UDID-1", start + 5);
    // It has not said yet where it is pushed to: nobody waits for that.
    await store.query("update reeve.channel set status = 'authenticated', due_at = 0 where id = 'UDID-3'");
    const backlog = await dueBacklog(store, start + 10_000);

    expect(claims.some((one) => one[0]?.channel === "UDID-5")).toBe(true);
    expect(new Set(all.map((one) => one.channel)).size).toBe(6);
    expect(all).toHaveLength(6);
    expect(all.find((one) => one.channel === "UDID-2")).toMatchObject({
      pushes: 0,
      address: { token: "token-2", magic: "magic-2", topic: "com.apple.mgmt.test" },
    });
    expect(nothing).toEqual([]);
    expect(again.map((one) => one.pushes)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(third).toEqual([]);
    expect(dead).toBe(true);
    expect(backlog).toEqual({ count: 4, oldest: expect.toSatisfy((oldest: number) => oldest > start) });
  });

  it("changes a licence and what its device is told of it, both or neither", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const lease = await acquireLease(store, { name: "leader", holder: "a", ttlMs: 60_000 });
    const taken = { adamId: "1", serials: ["SERIAL-1"], to: "assigned" } as const;
    await store.query(
      "insert into reeve.licence (serial, adam_id, bundle, status, at) values ('SERIAL-1', '1', 'app', 'wanted', 0)",
    );

    await database.asOwner("alter table reeve.device rename licences to away");
    await expect(changeLicences(store, taken, start, lease as NonNullable<typeof lease>)).rejects.toThrow();
    expect(await countLicences(store)).toEqual({ wanted: 1 });
    await database.asOwner("alter table reeve.device rename away to licences");
    await changeLicences(store, taken, start, lease as NonNullable<typeof lease>);
    expect(await countLicences(store)).toEqual({ assigned: 1 });
  });

  it("claims the others when one address cannot be opened, and waits for the device to tell it anew", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    for (let n = 0; n < 3; n += 1) await enroll(store, n);
    await store.query("update reeve.channel_secret set sealed = 'torn' where channel = 'UDID-1'");
    const claim = { at: start, limit: 4, retryMs: 1000, maxRetryMs: 3000 };

    const claimed = async (at: number) =>
      (await claimPushes(store, { ...claim, at })).map((one) => one.channel);
    expect((await claimed(start)).sort()).toEqual(["UDID-0", "UDID-2"]);
    expect((await claimed(start + 1000)).sort()).toEqual(["UDID-0", "UDID-2"]);
    const push = { token: "newer", magic: "magic-1", topic: "com.apple.mgmt.test" };
    await updateToken(store, { channel: "UDID-1", epoch: 1, push, at: start + 1000 });
    expect(await claimed(start + 1001)).toEqual(["UDID-1"]);
  });

  it("does not give up a token for what is said of the one before it", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await enroll(store, 1);
    const push = { token: "newer", magic: "magic-1", topic: "com.apple.mgmt.test" };
    await updateToken(store, { channel: "UDID-1", epoch: 1, push, at: start + 10 });
    await markDue(store, [(await channelOf(store, "UDID-1")).device], 0);

    expect(await markTokenDead(store, "UDID-1", start + 9)).toBe(false);
    const claim = { at: start + 10, limit: 4, retryMs: 1000, maxRetryMs: 3000 };
    expect(await claimPushes(store, claim)).toMatchObject([{ address: { token: "newer" } }]);
    expect(await markTokenDead(store, "UDID-1", start + 10)).toBe(true);
    expect(await claimPushes(store, { ...claim, at: start + 10_000 })).toEqual([]);
    await updateToken(store, {
      channel: "UDID-1",
      epoch: 1,
      push: { ...push, token: "newest" },
      at: start + 20_000,
    });
    expect(await claimPushes(store, { ...claim, at: start + 20_000 })).toMatchObject([
      { address: { token: "newest" } },
    ]);
  });

  it("holds a lease for one holder at a time and raises its term with each change of hands", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    const request = { name: "leader", ttlMs: 1000 };

    const a = await acquireLease(store, { ...request, holder: "a" });
    const refused = await acquireLease(store, { ...request, holder: "b" });
    now += 999;
    const extended = await acquireLease(store, { ...request, holder: "a" });
    now += 1000;
    const b = await acquireLease(store, { ...request, holder: "b" });
    const stale = putRevision(store, revision("old", "in-force"), a);

    await expect(stale).rejects.toMatchObject({ code: "lease-lost" });
    await releaseLease(store, b!);
    const again = await acquireLease(store, { ...request, holder: "a" });
    expect(a).toMatchObject({ term: 1, expiresAt: start + 1000 });
    expect(refused).toBeUndefined();
    expect(extended).toMatchObject({ term: 1, expiresAt: start + 1999 });
    expect(b).toMatchObject({ term: 2 });
    expect(again).toMatchObject({ term: 3 });
  });

  it("has one revision in force, and remembers the refused ones", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();

    await putRevision(store, revision("one", "in-force"));
    await putRevision(store, revision("broken", "refused"));
    const afterBroken = await revisionInForce(store);
    await putRevision(store, revision("two", "in-force"));

    expect(afterBroken?.id).toBe("one");
    expect((await listRevisions(store, 5)).map((one) => [one.id, one.status])).toEqual([
      ["two", "in-force"],
      ["broken", "refused"],
      ["one", "superseded"],
    ]);
  });

  it("keeps contents, controls, budgets, events and material", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const content = { kind: "App", bundleId: "x" } as never;
    await putContents(store, [{ digest: "d", body: content }], start);
    await putContents(store, [{ digest: "d", body: content }], start);
    await setControl(store, "observe", { reason: "first sync" }, { person: "it", at: start });
    const use = (budget: string, subject: string, at: number) =>
      store.query("insert into reeve.budget_use (budget, device, subject, at) values ($1, 'a', $2, $3)", [
        budget,
        subject,
        at,
      ]);
    await use("removals", "App/x", start);
    await use("removals", "App/y", start);
    await appendEvents(store, [{ type: "t", at: start, message: "m", by: "it" }]);
    let made = 0;
    const make = async () => {
      made += 1;
      return `key ${made}`;
    };

    const keys = await Promise.all([1, 2, 3].map(() => materialOrMake(store, "ca", make, start)));

    expect(await getContents(store, ["d", "none"])).toEqual(new Map([["d", content]]));
    expect(await listControls(store)).toEqual([
      { name: "observe", value: { reason: "first sync" }, by: "it", at: start },
    ]);
    expect(await budgetUsed(store, "removals", start - 600_000, start)).toBe(1);
    // By the database's clock, a use that is said to lie ahead lies in the past soon.
    await database.asOwner("update reeve.setting set value = 'database' where name = 'clock'");
    await use("ahead", "App/x", 9e15);
    expect(await budgetUsed(store, "ahead", 9e15 - 1)).toBe(0);
    await database.asOwner("update reeve.setting set value = 'caller' where name = 'clock'");
    expect(await listEvents(store, { limit: 5 })).toEqual([
      { seq: 1, type: "t", at: start, message: "m", by: "it" },
    ]);
    expect(new Set(keys.map(String)).size).toBe(1);
    expect(await getMaterial(store, "none")).toBeUndefined();
  });

  it("keeps the first bytes of what it could not read", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();

    await quarantine(store, {
      source: "checkin",
      reason: "bad\0plist",
      raw: Buffer.alloc(100_000, 1),
      at: start,
    });

    const [listed] = await listQuarantine(store, { limit: 5 });
    const row = await readQuarantined(store, listed?.id ?? 0);
    expect(row).toMatchObject({ source: "checkin", reason: "badplist", size: 100_000, channel: undefined });
    expect(row?.raw).toEqual(Buffer.alloc(47 * 1024, 1));
    const [stored] = await store.query<{ raw: Buffer }>("select raw from reeve.quarantine");
    expect(stored?.raw.includes(Buffer.alloc(16, 1))).toBe(false);
  });

  it("keeps room for the others when one source sends nothing but rubbish", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const send = (source: string) =>
      quarantine(store, { source, reason: "bad", raw: Buffer.alloc(1), at: start });

    for (let times = 0; times < 103; times++) await send("checkin one");
    await send("checkin other");

    const rows = await listQuarantine(store, { limit: 1_000 });
    expect(rows.filter((row) => row.source === "checkin one")).toHaveLength(100);
    expect(rows[0]?.source).toBe("checkin other");
    expect(await listQuarantine(store, { source: "checkin other", limit: 5 })).toEqual([rows[0]]);
    expect(await forgetQuarantined(store, [rows[0]?.id ?? 0, rows[1]?.id ?? 0, 999_999])).toBe(2);
    expect(await forgetQuarantined(store, "all")).toBe(99);
    expect(await listQuarantine(store, { limit: 5 })).toEqual([]);
  });
}

function revision(id: string, status: "in-force" | "refused") {
  return { id, message: `commit ${id}`, author: "it", at: start, status, diagnostics: [] };
}
