import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { operate } from "./contract-disruption.ts";
import { engage } from "./control.ts";
import { start } from "./test-fleet.ts";
import { hour, minute, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

interface Call {
  readonly act: string;
  readonly channel: string;
  readonly device: string;
  readonly epoch: number;
  readonly command: object;
}

export const sha256 = (word: string): string => createHash("sha256").update(word).digest("hex");

/** An act on two of three devices, and whoever asks the last gate by hand for the command of its first. */
export async function gateOf(stores: TestStores, verb: "wipe" | "lock" = "wipe") {
  const place = await scene(stores, 3);
  const { store, devices, clock } = place;
  const act =
    verb === "wipe"
      ? await place.file("Deprovision/two@1", devices.slice(0, 2))
      : await operate(store, "two", devices.slice(0, 2));
  const command = {
    id: "wipe-1",
    intent: { type: "act", act: act.id, verb },
    requestType: verb === "wipe" ? "EraseDevice" : "DeviceLock",
    class: "once",
    attempt: 3,
    at: start + 7,
    proof: sha256("word"),
  };
  const call = (change: Partial<Call> = {}) => ({
    act: act.id,
    channel: "UDID-1",
    ...devices[0]!,
    command,
    ...change,
  });
  const ask = async (change: Partial<Call> = {}) => {
    const { act, channel, device, epoch, command } = call(change);
    const values = [act, channel, device, epoch, JSON.stringify(command), clock.now];
    const [row] = await store.query<{ answer: string }>(
      "select reeve.release_act($1, $2, $3, $4, $5, $6) as answer",
      values,
    );
    return row?.answer;
  };
  return { ...place, act, command, ask, [Symbol.asyncDispose]: place[Symbol.asyncDispose] };
}

/** What the last gate answers to whoever calls it by hand, as the application may. */
export function releaseContract(stores: TestStores): void {
  it("releases the command of an act to its device in its epoch, and to nobody else", async () => {
    await using place = await gateOf(stores);
    const { ask, act, command, devices, store, asOwner, clock } = place;
    const [one, two, three] = devices as [(typeof devices)[0], (typeof devices)[0], (typeof devices)[0]];
    await place.by(act, "boss");
    const intent = command.intent;

    const wrong: readonly (readonly [Partial<Call>, string])[] = [
      [{ act: "a-none" }, "unknown-act"],
      [{ device: three.device }, "not-a-target"],
      [{ epoch: 2 }, "not-a-target"],
      [{ channel: "UDID-2" }, "channel"],
      [{ channel: "UDID-9" }, "channel"],
      [{ device: two.device }, "channel"],
      [{ command: { ...command, intent: { ...intent, type: "query" } } }, "not-this-command"],
      [{ command: { ...command, intent: { ...intent, act: "a-none" } } }, "not-this-command"],
      [{ command: { ...command, intent: { ...intent, verb: "unenroll" } } }, "not-this-command"],
      [{ command: { ...command, class: "query" } }, "not-this-command"],
    ];
    for (const [change, answer] of wrong) expect([change, await ask(change)]).toEqual([change, answer]);
    const states = [
      ["channel", "status", "quarantined", "enrolled", "channel"],
      ["channel", "status", "authenticated", "enrolled", "channel"],
      ["channel", "kind", "user", "device", "channel"],
      ["channel", "epoch", "9", "1", "channel"],
      ["device", "epoch", "9", "1", "epoch"],
      ["device", "suspended", "why", null, "suspended"],
    ] as const;
    for (const [table, column, state, before, answer] of states) {
      const where = table === "device" ? `id = '${one.device}'` : "id = 'UDID-1'";
      await asOwner(`update reeve.${table} set ${column} = '${state}' where ${where}`);
      expect([column, await ask()]).toEqual([column, answer]);
      const value = before === null ? "null" : `'${before}'`;
      await asOwner(`update reeve.${table} set ${column} = ${value} where ${where}`);
    }
    await asOwner(`update reeve.device set suspended = 'why' where id = '${two.device}'`);
    await asOwner(`begin isolation level repeatable read; do $$ begin
      if reeve.release_act('${act.id}', 'UDID-1', '${one.device}', 1, '{}', null) <> 'isolation' then raise 'released'; end if;
    end $$; commit`);
    expect(await store.query("select from reeve.release")).toEqual([]);

    clock.now += minute;
    expect(await ask()).toBe("released");
    expect(await ask()).toBe("over: sent");
    expect(await ask({ command: { ...command, id: "wipe-2" } })).toBe("over: sent");
    const ours = { act: act.id, device: one.device, epoch: 1 };
    expect(await store.query("select * from reeve.release")).toMatchObject([
      {
        ...ours,
        approval: expect.anything(),
        command: "wipe-1",
        digest: act.digest,
        at: clock.now,
        destructive: true,
        path: "persons",
        proof: sha256("word"),
      },
    ]);
    expect(await store.query("select * from reeve.command")).toMatchObject([
      {
        device: one.device,
        epoch: 1,
        id: "wipe-1",
        channel: "UDID-1",
        intent,
        request_type: "EraseDevice",
        subject: `act/${act.id}`,
        class: "once",
        attempt: 3,
        status: "sent",
        sent_at: start + 7,
      },
    ]);
    expect(
      await store.query("select device, status, updated_at from reeve.act_target order by status desc"),
    ).toEqual([
      { device: one.device, status: "sent", updated_at: clock.now },
      { device: two.device, status: "ready", updated_at: start },
    ]);
  });

  it("hands the same command out again for each word that proves NotNow, in its place alone", async () => {
    await using place = await gateOf(stores);
    const { ask, act, command, store, devices } = place;
    await place.by(act, "boss");
    const second = { channel: "UDID-2", ...devices[1]!, command: { ...command, id: "wipe-2" } };
    expect([await ask(), await ask(second)]).toEqual(["released", "released"]);
    const putOff = (word: string, status = "notNow") =>
      store.query("update reeve.command set status = $1, put_off = $2, closed_at = 5 where id = 'wipe-1'", [
        status,
        word,
      ]);
    const next = { command: { ...command, proof: sha256("next") } };

    await putOff("other");
    expect(await ask(next)).toBe("over: sent");
    await putOff("word", "unknown");
    expect(await ask(next)).toBe("over: sent");
    await putOff("word");
    expect(await ask({ command: { ...command, id: "wipe-2" } })).toBe("over: sent");
    expect(await ask(next)).toBe("released");
    expect(await ask(next)).toBe("over: sent");
    expect(await store.query("select id, status, put_off, closed_at from reeve.command order by id")).toEqual(
      [
        { id: "wipe-1", status: "sent", put_off: null, closed_at: null },
        { id: "wipe-2", status: "sent", put_off: null, closed_at: null },
      ],
    );
    expect(await store.query("select command, proof from reeve.release order by command")).toEqual([
      { command: "wipe-1", proof: sha256("next") },
      { command: "wipe-2", proof: sha256("word") },
    ]);
    // What the device may still carry out is over for whoever says that it failed.
    await putOff("next");
    await store.query("update reeve.act_target set status = 'failed' where device = $1", [
      devices[0]!.device,
    ]);
    expect(await ask(next)).toBe("over: failed");
    await store.query(
      "update reeve.act_target set status = case when device = $1 then 'ready' else 'unknown' end",
      [devices[0]!.device],
    );
    expect(await ask(next)).toBe("released");
    expect(await store.query("select status from reeve.act_target order by status")).toEqual([
      { status: "sent" },
      { status: "unknown" },
    ]);
  });

  it("takes what destroys for no lock, counts both apart, and stops when a ceiling is gone or time is over", async () => {
    await using place = await gateOf(stores, "lock");
    const { ask, command, store, clock, asOwner, devices } = place;
    expect(await ask({ command: { ...command, requestType: "EraseDevice" } })).toBe("not-this-command");
    await engage(store, { name: "b", reason: "r", by: "ops", at: 1 });
    await engage(store, { name: "a", reason: "r", by: "ops", at: 1 });
    await engage(store, { name: "armed", reason: "r", by: "ops", at: 1 });
    expect(await ask()).toBe("stopped: a, b");
    await asOwner("update reeve.latch set engaged = false where name = 'a'");
    expect(await ask()).toBe("stopped: b");
    // What would erase devices sooner holds changes, and no act.
    await asOwner("update reeve.latch set engaged = false where name <> 'armed'");
    expect(await ask()).toBe("released");
    expect(await store.query("select approval, path, destructive from reeve.release")).toEqual([
      { approval: null, path: null, destructive: false },
    ]);
    const second = { channel: "UDID-2", ...devices[1]! };
    // Another command of that id is not taken for it.
    expect(await ask(second)).toBe("not-this-command");
    clock.now = start + 24 * hour - 1;
    expect(await ask({ ...second, command: { ...command, id: "late" } })).toBe("released");
    await store.query("update reeve.act_target set status = 'held'");
    clock.now += 1;
    expect(await ask()).toBe("expired");
    // Nobody has approved a command whose release is gone.
    await asOwner(`delete from reeve.release; update reeve.act_target set status = 'ready'`);
    clock.now -= 1;
    expect(await ask()).toBe("not-this-command");
    await asOwner("update reeve.act set mac = null");
    expect(await ask()).toBe("unvouched");
    await asOwner("delete from reeve.ceiling where name = 'disruptive'");
    expect(await ask()).toBe("no-ceiling");
    await asOwner("insert into reeve.ceiling values ('disruptive', 10, 0, 3600000)");
  });
}
