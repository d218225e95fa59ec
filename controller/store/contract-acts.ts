import { expect, it } from "vitest";
import { actDigest } from "../core/act-digest.ts";
import { expireActs, freezeAct, knownActs } from "./acts.ts";
import { roomy, tryWipe, wipeOf } from "./contract-guards.ts";
import { listEvents } from "./events.ts";
import { findRefusals, listRefused, refuseAct } from "./refusals.ts";
import { listActs } from "./test-acts.ts";
import { channelOf, enroll, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";
import { withdrawAct } from "./withdrawals.ts";

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
