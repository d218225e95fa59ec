import { expect, it } from "vitest";
import { tryWipe } from "./contract-guards.ts";
import { gateOf, sha256 } from "./contract-release.ts";
import { start } from "./test-fleet.ts";
import { minute, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** What the last gate wants for each attempt after the first, and what it leaves alone. */
export function attemptsContract(stores: TestStores): void {
  it("wants another approval for another attempt, under whatever id, and changes no row of another", async () => {
    await using place = await gateOf(stores);
    const { ask, act, command, store, devices, clock } = place;
    const under = (id: string, change: object = {}) => ({ command: { ...command, id, ...change } });
    const second = { channel: "UDID-2", ...devices[1]! };
    const approved = async (by: string, more: object = {}) => {
      clock.now += 1;
      await place.by(act, by, more);
      clock.now += 1;
    };
    const held = () =>
      store.query("update reeve.act_target set status = 'held' where act = $1 and device = $2", [
        act.id,
        devices[0]!.device,
      ]);
    const rows = () =>
      store.query("select id, status, sent_at, put_off, closed_at from reeve.command order by id");
    const closed = { status: "unknown", put_off: "kept", closed_at: 7 };
    const open = { status: "sent", put_off: null, closed_at: null };
    const close = () =>
      store.query("update reeve.command set status = 'unknown', put_off = 'kept', closed_at = 7");
    const other = await place.file("Deprovision/other@1", [devices[0]!, devices[2]!]);
    await place.by(other, "boss");

    await approved("boss");
    expect(await ask(under("wipe-0"))).toBe("released");
    expect(await ask({ ...second, ...under("wipe-2") })).toBe("released");
    await close();
    await held();
    for (const id of ["wipe-0", "wipe-1"]) expect([id, await ask(under(id))]).toEqual([id, "not-approved"]);
    await approved("deputy", { ttlMs: minute });
    for (const [column, value] of [
      ["channel", "UDID-2"],
      ["device", devices[1]!.device],
    ]) {
      const [was] = await store.query<{ value: string }>(
        `select ${column} as value from reeve.command where id = 'wipe-0'`,
      );
      const set = (to?: string) =>
        place.asOwner(`update reeve.command set ${column} = '${to}' where id = 'wipe-0'`);
      await set(value);
      expect([column, await ask(under("wipe-0"))]).toEqual([column, "not-this-command"]);
      await set(was?.value);
    }
    for (const change of [{ requestType: "DeviceLock" }, { intent: { ...command.intent, more: 1 } }])
      expect([change, await ask(under("wipe-0", change))]).toEqual([change, "not-this-command"]);
    expect(await ask(under("wipe-0", { at: start + 9 }))).toBe("released");
    const two = { id: "wipe-2", sent_at: start + 7, ...closed };
    expect(await rows()).toEqual([{ id: "wipe-0", sent_at: start + 9, ...open }, two]);

    await close();
    await held();
    clock.now += 20 * minute;
    await approved("deputy", { ttlMs: minute });
    expect(await ask(under("wipe-1", { at: start + 11 }))).toBe("released");
    const zero = { id: "wipe-0", sent_at: start + 9, ...closed };
    expect(await rows()).toEqual([zero, { id: "wipe-1", sent_at: start + 11, ...open }, two]);
    clock.now += minute;
    await store.query("update reeve.command set status = 'notNow', put_off = 'word' where id = 'wipe-1'");
    const next = under("wipe-1", { proof: sha256("next") });
    // The approval before it was for the attempt before it.
    expect(await ask(next)).toBe("not-approved");
    await approved("ann");
    expect(await ask({ ...second, ...next })).toBe("over: sent");
    const ofOther = { act: other.id, ...under("wipe-1", { intent: { ...command.intent, act: other.id } }) };
    expect(await ask(ofOther)).toBe("not-this-command");
    expect(await ask(next)).toBe("released");

    expect(await rows()).toEqual([zero, { id: "wipe-1", sent_at: start + 11, ...open }, two]);
    expect(await store.query("select command, proof from reeve.release order by id")).toEqual(
      ["wipe-0", "wipe-2", "wipe-0", "wipe-1"].map((id) => ({
        command: id,
        proof: sha256(id === "wipe-1" ? "next" : "word"),
      })),
    );
    expect(await store.query("select status from reeve.act_target where act = $1", [other.id])).toEqual([
      { status: "ready" },
      { status: "ready" },
    ]);
  });

  it("lets nothing go that is withdrawn, whatever its devices say meanwhile, and hears of what had gone", async () => {
    await using house = await scene(stores, 2);
    const { store, devices } = house;
    const withdraw = (id: string) =>
      store.query("insert into reeve.act_withdrawal values ($1, 1, 'duty', 'enough')", [id]);
    const act = await house.file("Deprovision/one@1", [devices[0]!]);
    await house.by(act, "boss");
    const another = await house.file("Deprovision/another@1", [devices[0]!]);
    await withdraw(another.id);
    const rest = await house.file("Deprovision/rest@1", [devices[1]!]);
    await house.by(rest, "boss");
    expect(await tryWipe(store, 2, rest.id)).toMatchObject({ type: "written" });
    await withdraw(act.id);
    expect(await tryWipe(store, 1, act.id)).toEqual({ type: "refused", reason: "withdrawn" });

    const other = await house.file("Deprovision/two@1", [devices[1]!]);
    for (const status of ["sent", "executed"]) {
      await store.query("update reeve.act_target set status = $2 where act = $1", [other.id, status]);
      if (status === "sent") await withdraw(other.id);
    }
    const [left] = await store.query("select status from reeve.act_target where act = $1", [other.id]);
    expect(left).toEqual({ status: "executed" });
  });

  it("hands out again what left last, by an approval that was for it, and takes each enrollment by itself", async () => {
    await using place = await gateOf(stores);
    const { command, store, clock, devices, asOwner } = place;
    const [one, two, three] = devices.map(({ device }) => device);
    const { id } = await place.file("Deprovision/twice@1", devices);
    // No act is filed for two enrollments of a device; the owner may vouch for one that is.
    await asOwner(`update reeve.act_target set device = '${one}', epoch = 2 where device = '${three}';
      update reeve.act set mac = null, known_digest = reeve.act_digest(id) where id = '${id}'`);
    const [vouched] = await store.query<{ digest: string }>("select reeve.act_digest($1) as digest", [id]);
    const act = { id, digest: vouched?.digest ?? "" };
    const intent = { ...command.intent, act: id };
    const ask = (epoch: number, name: string, word: string) =>
      place.ask({ act: id, epoch, command: { ...command, id: name, intent, proof: sha256(word) } });
    const closed = (name: string, status: string, word: string) =>
      store.query("update reeve.command set status = $2, put_off = $3 where id = $1", [name, status, word]);
    const become = (status: string) =>
      store.query("update reeve.act_target set status = $1 where act = $2 and device = $3 and epoch = 1", [
        status,
        id,
        one,
      ]);
    const targets = async () =>
      (
        await store.query<{ status: string }>(
          "select status from reeve.act_target where act = $1 order by device = $2, epoch",
          [id, two],
        )
      ).map(({ status }) => status);
    const approved = async (by: string, more: object = {}) => {
      await place.by(act, by, more);
      clock.now += 1;
    };

    await approved("boss");
    expect(await ask(1, "one", "first")).toBe("released");
    await closed("one", "unknown", "first");
    await become("held");
    clock.now += 1;
    await approved("deputy", { ttlMs: minute });
    expect(await ask(1, "one", "second")).toBe("released");
    // A word that was good for what left before is good for nothing any more.
    await closed("one", "notNow", "first");
    expect(await ask(1, "one", "third")).toBe("over: sent");
    await become("held");
    for (const name of ["one", "other"])
      expect([name, await ask(1, name, "third")]).toEqual([name, "not-approved"]);
    // The approval that is left was for the attempt before.
    await closed("one", "notNow", "second");
    clock.now += minute;
    expect(await ask(1, "one", "third")).toBe("not-approved");

    await become("unknown");
    await asOwner(`update reeve.device set epoch = 2 where id = '${one}';
      update reeve.channel set epoch = 2 where id = 'UDID-1'`);
    expect(await ask(2, "one", "third")).toBe("not-this-command");
    expect(await ask(2, "two", "third")).toBe("released");
    expect(await targets()).toEqual(["unknown", "sent", "ready"]);
    await closed("two", "notNow", "third");
    expect(await ask(2, "two", "fourth")).toBe("released");
    expect(await targets()).toEqual(["unknown", "sent", "ready"]);
    expect(await store.query("select epoch, command, proof from reeve.release order by id")).toEqual([
      { epoch: 1, command: "one", proof: sha256("first") },
      { epoch: 1, command: "one", proof: sha256("second") },
      { epoch: 2, command: "two", proof: sha256("fourth") },
    ]);
  });
}
