import { expect, it } from "vitest";
import { freezeAct } from "./acts.ts";
import { approve } from "./approvals.ts";
import { tryWipe, wipeOf } from "./contract-guards.ts";
import { engagedLatches, lift } from "./control.ts";
import { appendEvents } from "./events.ts";
import { memoryOf, oldCopy, recognise } from "./memory.ts";
import { enroll } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

const hour = 3_600_000;

/** An old copy of a database is known for what it is. */
export function memoryContract(stores: TestStores): void {
  it("sends no approved wipe from a copy of the database that is older than what the replica remembers", async () => {
    await using database = await stores.fresh({ durable: true });
    await using before = await database.open();
    const one = await enroll(before, 1);
    const { id: act, digest } = (await freezeAct(before, wipeOf([one], { expiresAt: Date.now() + hour })))!;
    await approve(before, { act, digest, by: "boss", ttlMs: hour, at: Date.now() });
    await appendEvents(before, [{ type: "act.approved", at: 1, message: "approved" }]);
    expect(await recognise(before, await memoryOf(before))).toBeUndefined();
    await before.close();
    await using copy = await database.copy();
    await using later = await database.open();
    expect(await tryWipe(later, 1, act)).toEqual({ type: "written" });
    await appendEvents(later, [{ type: "act.executed", at: 2, message: "wipe" }]);
    const remembered = await memoryOf(later);
    expect(await recognise(later, remembered)).toBeUndefined();
    await later.close();

    await using old = await copy.open();
    const reason = await recognise(old, remembered);
    const refused = await tryWipe(old, 1, act);

    expect(reason).toMatch(/^this database ends with event \d+, and had \d+ when this replica saw it last$/);
    expect(refused).toEqual({ type: "refused", reason: `stopped: ${oldCopy}` });
    expect(await engagedLatches(old)).toMatchObject([{ name: oldCopy, reason }]);
    expect(await lift(old, { name: oldCopy, reason: "resumed", by: "boss", at: 1 })).toBe("lifted");
  });

  it("takes a database that nobody used for a quarter of an hour for one, where nothing is remembered of it", async () => {
    let now = Date.now();
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now });
    const other = { database: "another", events: 10_000 };

    expect(await recognise(store, undefined)).toBeUndefined();
    await store.query("select reeve.gate_watch($1)", [now]);
    now += 14 * 60_000;
    expect([await recognise(store, undefined), await recognise(store, other)]).toEqual([
      undefined,
      undefined,
    ]);
    now += 60_000;
    expect(await recognise(store, await memoryOf(store))).toBeUndefined();
    for (const nothing of [undefined, other])
      expect(await recognise(store, nothing)).toBe(
        "no reeve has used this database for 15 minutes: it may be an old copy",
      );
  });
}
