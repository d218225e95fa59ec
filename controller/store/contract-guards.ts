import { expect, it } from "vitest";
import { freezeAct, type NewAct } from "./acts.ts";
import { approve, findHold, listHolds } from "./approvals.ts";
import { listCommands } from "./commands.ts";
import { engage, engagedLatches, lift, suspendDevices } from "./control.ts";
import { beginEpoch } from "./enrollment.ts";
import type { Store, StoreOptions } from "./open.ts";
import { authentication, changeOf, channelOf, enroll, sent, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";

/** An act that wipes these devices, as core freezes it. */
export function wipeOf(
  devices: readonly { device: string; epoch: number }[],
  change: Partial<NewAct> = {},
): NewAct {
  return {
    name: "Deprovision/lost@1",
    content: { state: "retired", reason: "stolen \u00fc", expectedDevices: devices.length },
    author: "it-lead@acme.example",
    approvals: 1,
    reason: "stolen",
    expiresAt: start + 86_400_000,
    at: start,
    targets: devices.map((one) => ({ ...one, verb: "wipe", parameters: { PreserveDataPlan: false } })),
    ...change,
  };
}

/** Tries to send the wipe of an act to a device, as the loop does. */
export async function tryWipe(store: Store, n: number, act: string, id = `wipe-${n}`, at = start) {
  const row = await channelOf(store, `UDID-${n}`);
  const intent = { type: "act", act, verb: "wipe" } as const;
  return store.channels.write(
    changeOf(row, { ledger: [sent(id, intent, { at })], acts: [{ act, status: "sent" }], dueAt: undefined }),
  );
}

/** A store with a clock of its own and room for ten wipes. */
export const roomy = (now: () => number): StoreOptions => ({
  now,
  ceiling: { devices: 10, percent: 100, windowMs: 20 * 60_000 },
});

export function guardsContract(stores: TestStores): void {
  it("lets nothing destructive through before an approval, and exactly one command after it", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start));
    const begun = await enroll(store, 1);
    const frozen = await freezeAct(store, wipeOf([begun]));
    const act = frozen!.id;

    const early = await tryWipe(store, 1, act);
    const afterEarly = await channelOf(store, "UDID-1");
    const hold = await findHold(store, `${frozen!.digest.slice(0, 4)}-${frozen!.digest.slice(4, 12)}`);
    const approved = await approve(store, {
      act,
      digest: hold!.digest,
      by: "boss",
      ttlMs: 60_000,
      at: start,
    });
    const ready = (await channelOf(store, "UDID-1")).acts;
    const through = await tryWipe(store, 1, act);
    const twice = await tryWipe(store, 1, act, "wipe-again");

    expect(early).toEqual({ type: "refused", reason: "not-approved" });
    expect(afterEarly.acts).toMatchObject([{ act, status: "held", verb: "wipe", destructive: true }]);
    expect(hold).toMatchObject({ needs: 1, approvedBy: [], count: 1, targets: [{ device: begun.device }] });
    expect(approved).toEqual({ type: "approved", ready: true });
    expect(ready).toMatchObject([
      { status: "ready", frozenAt: start, parameters: { PreserveDataPlan: false } },
    ]);
    expect(through).toEqual({ type: "written" });
    expect(twice).toMatchObject({ type: "refused" });
    expect(await listCommands(store, { limit: 5 })).toMatchObject([{ id: "wipe-1", status: "sent" }]);
    expect((await channelOf(store, "UDID-1")).acts).toMatchObject([{ status: "sent" }]);
  });

  it("decides a report again that was read before an act became ready, so that its device stays due", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start));
    const begun = await enroll(store, 1);
    const frozen = await freezeAct(store, wipeOf([begun]));
    const row = await channelOf(store, "UDID-1");
    const { digest } = frozen!;
    await approve(store, { act: frozen!.id, digest, by: "boss", ttlMs: 60_000, at: start });

    const late = await store.channels.write(changeOf(row, { dueAt: undefined }));

    expect(late).toEqual({ type: "lost" });
    expect(await channelOf(store, "UDID-1")).toMatchObject({ dueAt: 0, acts: [{ status: "ready" }] });
  });

  it("leaves no trace of a change whose destructive command was refused", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start));
    const begun = await enroll(store, 1);
    const frozen = await freezeAct(store, wipeOf([begun]));
    const before = await channelOf(store, "UDID-1");

    await tryWipe(store, 1, frozen!.id);

    expect(await channelOf(store, "UDID-1")).toEqual(before);
  });

  it("refuses an approval by the author, of another digest, too late or too soon expired", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => now));
    const begun = await enroll(store, 1);
    const { id: act, digest } = (await freezeAct(store, wipeOf([begun])))!;
    const approval = { act, digest, by: "boss", ttlMs: 60_000, at: start };

    const own = await approve(store, { ...approval, by: " IT-Lead@acme.example" });
    const nobody = await approve(store, { ...approval, by: " " });
    const other = await approve(store, { ...approval, digest: "0".repeat(64) });
    const unknown = await approve(store, { ...approval, act: "a-none" });
    await approve(store, approval);
    now = start + 60_001;
    const expired = await tryWipe(store, 1, act);
    now = start + 86_400_000;
    const late = await approve(store, approval);

    expect(
      [own, nobody, other, unknown, late].map((one) => (one.type === "refused" ? one.reason : one)),
    ).toEqual(["own-act", "own-act", "changed", "unknown-act", "expired"]);
    expect(expired).toEqual({ type: "refused", reason: "not-approved" });
  });

  it("waits for two persons where two are needed, and counts one person once", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start));
    const begun = await enroll(store, 1);
    const { id: act, digest } = (await freezeAct(store, wipeOf([begun], { approvals: 2 })))!;
    const by = (person: string) => approve(store, { act, digest, by: person, ttlMs: 60_000, at: start });

    const one = await by("boss");
    const same = await by("Boss");
    const stillHeld = await tryWipe(store, 1, act);
    const [hold] = await listHolds(store);
    const two = await by("deputy");

    expect([one, same, two]).toEqual([
      { type: "approved", ready: false },
      { type: "approved", ready: false },
      { type: "approved", ready: true },
    ]);
    expect(stillHeld).toEqual({ type: "refused", reason: "not-approved" });
    expect(hold?.needs).toBe(2);
    expect(await tryWipe(store, 1, act)).toEqual({ type: "written" });
  });

  it("stops for a latch, a suspension, a new epoch and an end of time", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => now));
    const devices = [await enroll(store, 1), await enroll(store, 2), await enroll(store, 3)];
    const { id: act, digest } = (await freezeAct(store, wipeOf(devices)))!;
    await approve(store, { act, digest, by: "boss", ttlMs: 86_400_000, at: start });
    const latch = { name: "kill-switch", reason: "test", by: "ops", at: start };

    await engage(store, latch);
    const killed = await tryWipe(store, 1, act);
    const engaged = await engagedLatches(store);
    await lift(store, latch);
    await suspendDevices(store, [devices[1]!.device], "in court");
    const suspended = await tryWipe(store, 2, act);
    await beginEpoch(store, authentication(3, { at: start + 1 }));
    const reborn = await tryWipe(store, 3, act);
    now = start + 86_400_000;
    const expired = await tryWipe(store, 1, act);

    expect(killed).toEqual({ type: "refused", reason: "stopped: kill-switch" });
    expect(engaged).toEqual([latch]);
    expect(suspended).toEqual({ type: "refused", reason: "suspended" });
    expect(reborn).toMatchObject({ type: "refused", reason: "not-a-target" });
    expect(expired).toEqual({ type: "refused", reason: "expired" });
    expect(await listCommands(store, { limit: 5 })).toEqual([]);
  });

  it("keeps within the budget of the sliding window", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open({
      now: () => now,
      ceiling: { devices: 2, percent: 100, windowMs: 60_000 },
    });
    const devices = [];
    for (let n = 1; n <= 4; n += 1) devices.push(await enroll(store, n));
    const { id: act, digest } = (await freezeAct(store, wipeOf(devices)))!;
    await approve(store, { act, digest, by: "boss", ttlMs: 86_400_000, at: start });

    const first = [await tryWipe(store, 1, act), await tryWipe(store, 2, act), await tryWipe(store, 3, act)];
    now = start + 59_999;
    const soon = await tryWipe(store, 3, act);
    now = start + 60_000;
    const later = [await tryWipe(store, 3, act), await tryWipe(store, 4, act)];

    expect(first.map((one) => one.type)).toEqual(["written", "written", "refused"]);
    expect(soon).toEqual({ type: "refused", reason: "budget" });
    expect(later.map((one) => one.type)).toEqual(["written", "written"]);
  });

  it("asks for a new approval after an unknown outcome, but not after NotNow", async () => {
    let now = start;
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => now));
    const begun = await enroll(store, 1);
    await enroll(store, 2);
    const { id: act, digest } = (await freezeAct(store, wipeOf([begun])))!;
    const approval = { act, digest, by: "boss", ttlMs: 86_400_000, at: start };
    const close = async (status: "notNow" | "unknown", target: "sent" | "unknown") => {
      const closed = { type: "closed", id: "wipe-1", status, at: now, sentAt: start } as const;
      const row = await channelOf(store, "UDID-1");
      await store.channels.write(changeOf(row, { ledger: [closed], acts: [{ act, status: target }] }));
    };
    await approve(store, approval);
    await tryWipe(store, 1, act);

    now = start + 1;
    await close("notNow", "sent");
    const again = await tryWipe(store, 1, act);
    await close("unknown", "unknown");
    const blind = await tryWipe(store, 1, act, "wipe-2");
    // Whoever has the application's rights may say so; the gate asks for another approval all the same.
    await store.query("update reeve.act_target set status = 'held' where act = $1 and device = $2", [
      act,
      begun.device,
    ]);
    const reopened = await tryWipe(store, 1, act, "wipe-2");
    await approve(store, { ...approval, by: "deputy" });
    const anew = await tryWipe(store, 1, act, "wipe-2");

    expect(again).toEqual({ type: "written" });
    expect(blind).toEqual({ type: "refused", reason: "over: unknown" });
    expect(reopened).toEqual({ type: "refused", reason: "not-approved" });
    expect(anew).toEqual({ type: "written" });
    const releases = await store.query("select from reeve.release");
    expect(releases).toHaveLength(2);
  });
}
