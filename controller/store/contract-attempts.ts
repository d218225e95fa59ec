import { expect, it } from "vitest";
import { gateOf, sha256 } from "./contract-release.ts";
import { start } from "./test-fleet.ts";
import { minute } from "./test-scene.ts";
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
}
