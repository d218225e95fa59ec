import { expect, it } from "vitest";
import type { Verb } from "../core/intent.ts";
import { freezeAct } from "./acts.ts";
import { approve, listHolds } from "./approvals.ts";
import { engage, setControl } from "./control.ts";
import { disruptionRoom } from "./disruption.ts";
import type { Store } from "./open.ts";
import { changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

interface Target {
  readonly device: string;
  readonly epoch: number;
}

/** Freezes an operation on these devices, ready unless `held`. */
export async function operate(
  store: Store,
  name: string,
  devices: readonly Target[],
  given: { verb?: Verb; parameters?: object; held?: boolean; at?: number } = {},
) {
  const { verb = "lock", parameters = {}, held = false, at = start } = given;
  const frozen = await freezeAct(store, {
    name: `Operation/${name}@1`,
    content: {},
    author: "it-lead@acme.example",
    approvals: 1,
    reason: "test",
    expiresAt: at + 86_400_000,
    at,
    held,
    targets: devices.map((one) => ({ ...one, verb, parameters })),
  });
  return frozen!;
}

/** Tries to send an act's command to a device, as the loop does. */
export async function trySending(
  store: Store,
  n: number,
  act: string,
  verb: Verb = "lock",
  id = `${act}-${n}`,
) {
  const row = await channelOf(store, `UDID-${n}`);
  return store.channels.write(
    changeOf(row, {
      ledger: [{ ...sent(id, { type: "act", act, verb }), requestType: "DeviceLock" }],
      acts: [{ act, status: "sent" }],
      dueAt: undefined,
    }),
  );
}

/** What disrupts, at the last gate. */
export function disruptionContract(stores: TestStores): void {
  it("lets few devices be disrupted in a window, however many acts there are, and goes on when it slides", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => now, disruptive: 2 });
    const devices = [await enroll(store, 1), await enroll(store, 2), await enroll(store, 3)];
    const acts = [];
    for (const [index, device] of devices.entries())
      acts.push(await operate(store, `lock-${index}`, [device]));

    const room = await disruptionRoom(store, 10);
    const first = [];
    for (const [index, { id }] of acts.entries()) first.push(await trySending(store, index + 1, id));
    // What was approved asks for none of that room.
    const approved = await operate(store, "approved", devices.slice(2), { held: true });
    await approve(store, { act: approved.id, digest: approved.digest, by: "boss", ttlMs: 60_000, at: start });
    expect(await trySending(store, 3, approved.id)).toEqual({ type: "written" });
    now = start + 3_600_000;
    const later = await trySending(store, 3, acts[2]!.id);

    expect(room).toMatchObject({ most: 2, left: 0 });
    expect(room).not.toHaveProperty("againAt");
    expect(first).toEqual([{ type: "written" }, { type: "written" }, { type: "refused", reason: "budget" }]);
    expect(later).toEqual({ type: "written" });
    expect(await disruptionRoom(store, 10)).toEqual({ most: 2, left: 1, windowMs: 3_600_000 });
    expect(await disruptionRoom(store, 0)).toMatchObject({ most: 0, left: 0 });
    expect((await disruptionRoom(store, 1)).againAt).toBe(now + 3_600_000);
  });

  it.each([
    ["a lock of more devices than that", "lock", {}, 3],
    ["a restart of more devices than that", "reboot", {}, 3],
    ["a lock with a PIN of one device", "lock", { pin: "123456" }, 1],
    ["a lock with a PIN that is still a secret's name", "lock", { pin: "${secret:a/b}" }, 1],
  ] as const)(
    "keeps back %s, though it was filed as ready, until it is approved",
    async (_what, verb, parameters, count) => {
      await using database = await stores.fresh();
      await using store = await database.open({ now: () => start, disruptive: 2 });
      const devices = [];
      for (let n = 1; n <= count; n += 1) devices.push(await enroll(store, n));
      const { id, digest } = await operate(store, "many", devices, { verb, parameters });

      const early = await trySending(store, 1, id, verb);
      await approve(store, { act: id, digest, by: "boss", ttlMs: 60_000, at: start });
      const approved = [];
      for (let n = 1; n <= count; n += 1) approved.push(await trySending(store, n, id, verb));
      const twice = await trySending(store, 1, id, verb, "again");

      expect(early).toEqual({ type: "refused", reason: "not-approved" });
      expect(approved).toEqual(Array(count).fill({ type: "written" }));
      expect(twice).toEqual({ type: "refused", reason: "over: sent" });
      // What was approved uses nothing up of what needs no approval.
      expect((await disruptionRoom(store, 10)).left).toBe(2);
      const more = await operate(store, "more", devices.slice(0, 1));
      expect(await trySending(store, 1, more.id)).toEqual({ type: "written" });
    },
  );

  it("hands a command out again after NotNow without counting it twice", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start, disruptive: 1 });
    const device = await enroll(store, 1);
    const { id } = await operate(store, "lock", [device]);
    await trySending(store, 1, id, "lock", "one");
    const row = await channelOf(store, "UDID-1");
    const closed = { type: "closed", id: "one", status: "notNow", at: start, sentAt: start } as const;
    await store.channels.write(changeOf(row, { ledger: [closed], acts: [{ act: id, status: "ready" }] }));

    expect(await trySending(store, 1, id, "lock", "other")).toEqual({
      type: "refused",
      reason: "not-approved",
    });
    expect(await trySending(store, 1, id, "lock", "one")).toEqual({ type: "written" });
  });

  it("shows a held act that destroys nothing among the holds, and lets it go when it was approved", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    const device = await enroll(store, 1);
    const { id, digest, held } = await operate(store, "lock", [device], { held: true });

    const [hold] = await listHolds(store);
    const answer = await approve(store, { act: id, digest, by: "boss", ttlMs: 60_000, at: start });

    expect(held).toBe(true);
    expect(hold).toMatchObject({ act: id, count: 1 });
    expect(answer).toEqual({ type: "approved", ready: true });
    expect(await trySending(store, 1, id)).toEqual({ type: "written" });
  });

  it("writes no command of any kind after the kill switch, whoever had read before", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    const device = await enroll(store, 1);
    const row = await channelOf(store, "UDID-1");
    const { id } = await operate(store, "lock", [device]);
    const query = sent("asked", { type: "query", section: "device" });
    const remove = sent("gone", { type: "remove", item: "App/a", kind: "App", id: "a" });

    await setControl(store, "frozen", "an incident", { person: "ops", at: start });
    const removal = await store.channels.write(
      changeOf(await channelOf(store, "UDID-1"), { ledger: [remove] }),
    );
    await engage(store, { name: "kill-switch", reason: "test", by: "ops", at: start });
    const late = await store.channels.write(
      changeOf({ ...row, version: row.version + 1 }, { ledger: [query] }),
    );
    const lock = await trySending(store, 1, id);
    const heard = await store.channels.write(changeOf(await channelOf(store, "UDID-1"), { ledger: [] }));

    expect([removal, late]).toEqual([{ type: "lost" }, { type: "lost" }]);
    expect(lock).toEqual({ type: "refused", reason: "stopped: kill-switch" });
    // What a device says is still written down.
    expect(heard).toEqual({ type: "written" });
    expect((await channelOf(store, "UDID-1")).stops.toSorted()).toEqual(["frozen", "kill-switch"]);
    expect(await store.query("select from reeve.command")).toEqual([]);
  });

  it("refuses an approver who is one of those that committed the act, under whatever name", async () => {
    await using database = await stores.fresh();
    await using store = await database.open({ now: () => start });
    const device = await enroll(store, 1);
    const act = async (name: string, author: string, persons: readonly string[]) =>
      (await freezeAct(store, {
        name,
        content: {},
        author,
        persons,
        approvals: 1,
        reason: "r",
        expiresAt: start + 86_400_000,
        at: start,
        targets: [{ ...device, verb: "wipe", parameters: {} }],
      }))!;
    const known = await act("Deprovision/a@1", "Alice Doe", ["alice doe", "alice@acme.example", "bob"]);
    const nameless = await act("Deprovision/b@1", " ", []);
    const by = (frozen: typeof known, person: string, identities: readonly string[] = []) =>
      approve(store, {
        act: frozen.id,
        digest: frozen.digest,
        by: person,
        identities,
        ttlMs: 1_000,
        at: start,
      });

    expect(await by(known, "Bob")).toEqual({ type: "refused", reason: "own-act" });
    expect(await by(known, "carol", ["carol", "alice@acme.example"])).toEqual({
      type: "refused",
      reason: "own-act",
    });
    expect(await by(known, "carol", ["alice doe"])).toEqual({ type: "refused", reason: "own-act" });
    expect(await by(nameless, "carol")).toEqual({ type: "refused", reason: "author-unknown" });
    expect(await by(known, "carol", ["carol"])).toEqual({ type: "approved", ready: true });
  });
}
