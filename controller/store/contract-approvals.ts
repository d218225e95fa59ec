import { expect, it } from "vitest";
import { day, scene } from "./test-scene.ts";
import type { TestStores } from "./test-stores.ts";

/** Who may approve, and what an approval is worth. */
export function approvalsContract(stores: TestStores): void {
  it("takes approvals of persons who are known, of others than the authors, for a day and of what reeve has filed", async () => {
    await using house = await scene(stores, 4);
    const { devices, asOwner, store } = house;
    const file = (name: string, n: number, change: object) =>
      house.file(`Deprovision/${name}@1`, devices.slice(n, n + 1), change);
    const named = await file("named", 0, { author: "Ann" });
    const nameless = await file("nameless", 1, { author: " ", persons: ["carol"] });
    const long = await file("long", 2, {});
    const approved = { type: "approved", ready: true };
    const refused = (reason: string) => ({ type: "refused", reason });
    const glass = { breakGlass: true };

    expect(await house.by(named, "token-7", { identities: ["ann"] })).toEqual(refused("own-act"));
    expect(await house.by(nameless, "Carol")).toEqual(refused("own-act"));
    expect(await house.by(nameless, "boss")).toEqual(approved);
    expect(await house.by(long, "boss", { ttlMs: 2 * day })).toEqual(approved);
    const [row] = await store.query("select expires_at - at as ms from reeve.approval where act = $1", [
      long.id,
    ]);
    expect(row).toEqual({ ms: day });

    // What others approved uses up no glass, and the one device may be approved again.
    expect(await house.by(named, " ", glass)).toEqual(refused("own-act"));
    expect(await house.by(named, "boss", glass)).toEqual(approved);
    expect(await house.by(named, "boss", glass)).toMatchObject({ type: "approved" });
    await asOwner("update reeve.setting set value = 'on' where name = 'solo'");
    expect(await house.by(named, " ")).toEqual(refused("own-act"));

    await asOwner(`update reeve.act set reason = 'another' where id = '${long.id}'`);
    expect(await house.by(long, "deputy")).toEqual(refused("unvouched"));
    expect(await house.breaker()).toBe("the record of Deprovision/long@1 is not what reeve has filed");
  });
}
