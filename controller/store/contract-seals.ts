import { expect, it } from "vitest";
import { leafOf, noSeal, rootOf, type Seal, sealHash, type WrittenEvent } from "../core/event-chain.ts";
import type { Event } from "../core/ledger.ts";
import { eventsOfSeals, sealEvents, sealHead, sealsAfter } from "./event-seals.ts";
import { appendEvents } from "./events.ts";
import { start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** What is kept for 400 days, and what for ever. */
export const ordinaryTypes: readonly string[] = [
  "item.failed",
  "inventory.changed",
  "licence.given",
  "licences.short",
  "policy.written",
  "device.configured",
  "device.rival",
  "identity.renewed",
  "profile.downloaded",
];
export const lastingTypes: readonly string[] = ["act.held", "device.enrolled", "halted", "an.item.failed"];
const types = [...ordinaryTypes, ...lastingTypes];

/** Event number `seq`: in many of them each field is there once, and once not. */
function written(seq: number): WrittenEvent {
  return {
    seq,
    at: start - ((seq * 7) % 5),
    type: String(types[seq % types.length]),
    device: seq % 2 === 0 ? "d" : null,
    subject: seq % 3 === 0 ? `Ü${seq}` : null,
    message: seq % 4 === 0 ? "" : `message ${seq}`,
    by: seq % 5 === 0 ? null : "ann@acme.example",
    revision: seq % 7 === 0 ? null : "abc",
  };
}

const said = ({ seq: _, ...event }: WrittenEvent) =>
  Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null)) as unknown as Event;

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** Numbers as PostgreSQL writes them. */
function ranges(seqs: readonly number[]): string {
  const firsts = seqs.filter((seq) => !seqs.includes(seq - 1));
  const lasts = seqs.filter((seq) => !seqs.includes(seq + 1));
  return `{${firsts.map((first, n) => `[${first},${(lasts[n] ?? 0) + 1})`).join(",")}}`;
}

/** The seal that the core computes. */
function sealOver(events: readonly WrittenEvent[], before: Seal | undefined, at: number): Seal {
  const leaves = Buffer.concat(events.map(leafOf));
  const seqs = events.map(({ seq }) => seq);
  return {
    n: (before?.n ?? 0) + 1,
    previous: before === undefined ? noSeal : sealHash(before),
    root: rootOf(leaves),
    count: events.length,
    at,
    oldestAt: Math.min(...events.map((event) => event.at)),
    seqs: [[Number(seqs[0]), Number(seqs.at(-1)) + 1]],
    lasting: ranges(events.filter(({ type }) => lastingTypes.includes(type)).map(({ seq }) => seq)),
    leaves,
  };
}

/** How the history is sealed. */
export function sealsContract(stores: TestStores): void {
  it("seals what is finished, the oldest first and each seal upon the one before, as anybody can compute", async () => {
    const clock = { now: start };
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => clock.now });
    expect([await sealEvents(store, 10), await sealHead(store)]).toEqual([0, undefined]);
    const counts = [1, 2, 3, 5, 7, 8];
    const expected: Seal[] = [];
    await appendEvents(store, numbers(1, 26).map(written).map(said));
    for (const count of counts) {
      clock.now += 1;
      expect(await sealEvents(store, count)).toBe(count);
      const from = expected.reduce((sum, seal) => sum + seal.count, 1);
      expected.push(sealOver(numbers(from, from + count - 1).map(written), expected.at(-1), clock.now));
    }
    expect(await sealEvents(store, 10)).toBe(0);
    expect(await sealsAfter(store, 0, 10)).toEqual(expected);
    // Whoever keeps a head computes it from the words of docs: a change here breaks all seals there are.
    const hash = "eb12e5594f9dd1dff7ac2e4770f749062f663c6b61095533994faa2a3587505a";
    expect(await sealHead(store)).toEqual({ n: 6, hash, at: start + 6, waiting: 0 });

    // A clock that goes back takes no seal before the one it follows.
    clock.now = start;
    await appendEvents(store, [said(written(27))]);
    expect(await sealEvents(store, 10)).toBe(1);
    expect(await sealsAfter(store, 6, 10)).toEqual([sealOver([written(27)], expected[5], start + 6)]);
  });

  it("seals at most 250 events at a time, and what comes late under an older number later; each of them once", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const undone = store.transaction(async (db) => {
      await appendEvents(db, [said(written(1))]);
      throw new Error("rolled back");
    });
    await expect(undone).rejects.toThrow("rolled back");
    await appendEvents(store, numbers(2, 252).map(written).map(said));
    // Somebody who cannot see what others have sealed meanwhile seals nothing.
    const older = await store.transaction(async (db) => {
      await db.query("set transaction isolation level repeatable read");
      return db.query("select reeve.seal_events(10, null) as sealed");
    });
    expect(older).toEqual([{ sealed: 0 }]);

    expect(await sealEvents(store, 10_000)).toBe(250);
    await database.asOwner(
      "insert into reeve.event (seq, at, type, message) overriding system value values (1, 1, 'halted', '')",
    );
    expect([await sealEvents(store, 10_000), await sealEvents(store, 10_000)]).toEqual([2, 0]);
    expect((await sealsAfter(store, 0, 10)).map(({ seqs }) => seqs)).toEqual([
      [[2, 252]],
      [
        [1, 2],
        [252, 253],
      ],
    ]);
    const sealed = await eventsOfSeals(store, 1, 2);
    expect(sealed.map(({ seq }) => seq)).toEqual([...numbers(2, 251), 1, 252]);
  });

  it("neither changes nor deletes a seal or an event that lasts, whoever asks, the owner as well", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await appendEvents(store, [said(written(9))]);
    await sealEvents(store, 10);
    const before = [await sealsAfter(store, 0, 10), await eventsOfSeals(store, 1, 1)];
    for (const sql of [
      "update reeve.seal set at = 1",
      "delete from reeve.seal",
      "truncate reeve.seal",
      "update reeve.event set message = 'nothing'",
      "truncate reeve.event",
      // It lasts: an event that does not is let go after its time.
      "delete from reeve.event",
    ])
      for (const ask of [store.query, database.asOwner])
        expect([sql, await ask(sql).catch((error: { code: string }) => error.code)]).toEqual([sql, "42501"]);
    expect([await sealsAfter(store, 0, 10), await eventsOfSeals(store, 1, 1)]).toEqual(before);
  });
}
