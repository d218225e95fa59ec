import { expect, it } from "vitest";
import { actDigest } from "../core/act-digest.ts";
import { expireActs, freezeAct, knownActs } from "./acts.ts";
import { roomy, tryWipe, wipeOf } from "./contract-guards.ts";
import { listEvents } from "./events.ts";
import { findRefusals, listRefused, refuseAct } from "./refusals.ts";
import { listActs } from "./test-acts.ts";
import { channelOf, enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";
import { cancelWithdrawn, withdrawAct } from "./withdrawals.ts";

/** What every store promises of acts before anybody approves them: digest, names, ends. */
export function actsContract(stores: TestStores): void {
  it("computes the digest as TypeScript does, whatever the texts", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start));
    const many = [];
    for (let n = 0; n < 12; n += 1) many.push(await enroll(store, n));
    const odd = { ключ: ["\u0000", "\ud83d\ude00", 'quote " and \\'], n: 1.5, z: null, a: { b: false } };
    const act = wipeOf(many, { content: odd, author: "Jürgen, 7:x,", approvals: 2 });

    const frozen = await freezeAct(store, act);
    const [row] = await store.query<{ digest: string }>("select reeve.act_digest($1) as digest", [
      frozen!.id,
    ]);

    expect(frozen!.digest).toBe(actDigest(act, [...act.targets].reverse()));
    expect(row?.digest).toBe(frozen!.digest);
  });

  it("never freezes the same name and generation twice", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const begun = await enroll(store, 1);

    const first = await freezeAct(store, wipeOf([begun]));
    const second = await freezeAct(store, wipeOf([begun], { content: {} }));

    expect(second).toBeUndefined();
    expect(await knownActs(store, ["Deprovision/lost@1", "Deprovision/other@1"])).toEqual(
      new Map([["Deprovision/lost@1", first!.id]]),
    );
  });

  it("cancels and expires what was not sent, and says how acts stand", async () => {
    await using database = await stores.fresh();
    let now = start;
    await using store = await database.open(roomy(() => now));
    const begun = await enroll(store, 1);
    const one = (await freezeAct(store, wipeOf([begun])))!;
    await freezeAct(store, wipeOf([begun], { name: "Deprovision/lost@2", at: start + 1 }));

    const withdrawal = { act: one.id, by: "duty", note: "found again", at: start + 2 };
    const withdrawn = await withdrawAct(store, withdrawal);
    expect(await tryWipe(store, 1, one.id)).toEqual({ type: "refused", reason: "over: cancelled" });
    now = start + 86_399_999;
    expect(await expireActs(store)).toEqual([]);
    now = start + 86_400_000;
    const expired = await expireActs(store);

    expect(withdrawn).toEqual({ cancelled: 1, stopped: 0, sent: 0 });
    expect(await withdrawAct(store, withdrawal)).toEqual({ cancelled: 0, stopped: 0, sent: 0 });
    expect(expired).toEqual([{ name: "Deprovision/lost@2", device: begun.device }]);
    expect((await listActs(store, 5)).map((act) => [act.name, act.statuses])).toEqual([
      ["Deprovision/lost@2", { expired: 1 }],
      ["Deprovision/lost@1", { cancelled: 1 }],
    ]);
  });

  it("ends what is ready or held of a withdrawn act all the same, tells of each, and has its device decided again", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start + 9));
    const [one, two, three] = [await enroll(store, 1), await enroll(store, 2), await enroll(store, 3)];
    const crossed = (await freezeAct(store, wipeOf([one, two, three])))!;
    const kept = (await freezeAct(store, wipeOf([one, two], { name: "Deprovision/kept@1", author: "ann" })))!;
    const leaving = (n: number, act: string) =>
      store.query("update reeve.channel set due_at = 7, state = $2 where id = $1", [
        `UDID-${n}`,
        JSON.stringify({ leaving: { act, since: 1 } }),
      ]);
    const become = (status: string, { device }: { device: string }) =>
      store.query("update reeve.act_target set status = $2 where act = $1 and device = $3", [
        crossed.id,
        status,
        device,
      ]);
    const rows = async () =>
      (
        await store.query<{ act: string; status: string; note: string | null }>(
          `select act, status, note from reeve.act_target
           order by act = $1, device = $3, device = $2`,
          [crossed.id, two.device, three.device],
        )
      ).map(({ status, note }) => [status, note]);
    const due = async () =>
      (await store.query<{ due: number }>("select due_at as due from reeve.channel order by id")).map(
        (row) => row.due,
      );
    const told = () => listEvents(store, { limit: 9, types: ["act.cancelled"] });
    await become("ready", one);
    await become("executed", three);
    await leaving(1, crossed.id);
    await leaving(2, kept.id);
    await leaving(3, crossed.id);

    await cancelWithdrawn(store);
    expect([await due(), await told()]).toEqual([[7, 7, 7], []]);
    // As when its devices put it off just then: neither has seen the other.
    await store.query("insert into reeve.act_withdrawal values ($1, 1, 'duty', 'enough')", [crossed.id]);
    await cancelWithdrawn(store);
    await cancelWithdrawn(store);

    const ended = ["cancelled", "withdrawn, and put off by the device"];
    const held = ["held", null];
    expect(await rows()).toEqual([held, held, ended, ended, ["executed", null]]);
    expect(await due()).toEqual([0, 7, 7]);
    const event = {
      at: start + 9,
      subject: "Deprovision/lost@1",
      by: wipeOf([]).author,
      message: "wipe is cancelled: withdrawn, and put off by the device",
    };
    const events = await told();
    expect(events).toMatchObject([event, event]);
    expect(events.map(({ device }) => device).sort()).toEqual([one.device, two.device].sort());
  });

  it("tells of an act in the transaction that writes it: one is never without the other", async () => {
    await using database = await stores.fresh();
    let now = start;
    await using store = await database.open(roomy(() => now));
    const begun = await enroll(store, 1);
    const ends = (): never => {
      throw new Error("the process ended");
    };
    const event = (type: string) => [{ type, at: start, message: "" }];
    const told = async () =>
      (await listEvents(store, { limit: 20, types: ["act."] })).map(
        ({ type, message }) => `${type} ${message}`,
      );

    await expect(freezeAct(store, wipeOf([begun]), undefined, ends)).rejects.toThrow("ended");
    expect((await knownActs(store, ["Deprovision/lost@1"])).size).toBe(0);
    const frozen = (await freezeAct(store, wipeOf([begun]), undefined, () => event("act.held")))!;
    const wish = { act: frozen.id, by: "duty", note: "found", at: start };
    await expect(withdrawAct(store, wish, ends)).rejects.toThrow("ended");
    expect(await listActs(store, 5)).toMatchObject([{ statuses: { held: 1 } }]);
    now = start + 86_400_000;
    await expireActs(store);
    expect(await told()).toEqual(["act.expired wipe: it was not sent in time", "act.held "]);

    const refusal = {
      ...{ name: "Operation/x@1", content: "{}", expiresAt: start, revision: "r", reason: "no\0", at: start },
    };
    await expect(refuseAct(store, refusal, [null as never])).rejects.toThrow();
    expect(await findRefusals(store, ["Operation/x@1"])).toEqual([]);
    await refuseAct(store, refusal, event("act.refused"));
    await refuseAct(store, { ...refusal, content: "[]" }, []);
    expect(await findRefusals(store, ["Operation/x@1", "Operation/y@1"])).toMatchObject([
      { name: "Operation/x@1", content: "[]", revision: "r" },
    ]);
    expect(await told()).toHaveLength(3);
  });

  it("lists what was refused, whole or for devices of an act that goes on: once for all, and for each that is asked for", async () => {
    await using database = await stores.fresh();
    await using store = await database.open(roomy(() => start));
    const begun = await enroll(store, 1);
    const event = (act: string, at: number, device?: string) => [
      { type: "act.refused", at, subject: act, message: "why", ...(device === undefined ? {} : { device }) },
    ];
    const act = wipeOf([begun]);
    await freezeAct(store, act, undefined, () =>
      ["d-2", "d-3", "d-4"].flatMap((one) => event(act.name, act.at, one)),
    );
    const whole = { name: "Operation/x@1", content: "{}", expiresAt: start, revision: "r", reason: "why" };
    await refuseAct(store, { ...whole, at: act.at + 1 }, event("Operation/x@1", act.at + 1));
    const listed = async (asked: object) =>
      (await listRefused(store, { limit: 9, ...asked })).map((one) => [
        one.act,
        one.device ?? one.devices,
        one.filed,
      ]);

    const [x, lost] = [
      ["Operation/x@1", 0, false],
      ["Deprovision/lost@1", 3, true],
    ];
    expect(await listed({})).toEqual([x, lost]);
    expect(await listed({ device: "d-2" })).toEqual([["Deprovision/lost@1", "d-2", true]]);
    expect(await listed({ kind: "Operation" })).toEqual([x]);
    expect(await listed({ before: act.at + 1 })).toEqual([lost]);
    expect(await listed({ since: act.at + 1 })).toEqual([x]);
    expect(await listed({ limit: 1 })).toEqual([x]);
  });

  it("makes devices of a harmless act due at once", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const begun = await enroll(store, 1);
    const lock = { ...begun, verb: "lock", parameters: {} } as const;

    await freezeAct(store, wipeOf([], { name: "Operation/lock@1", targets: [lock] }));

    expect(await channelOf(store, "UDID-1")).toMatchObject({
      dueAt: 0,
      acts: [{ status: "ready", verb: "lock" }],
    });
  });
}
