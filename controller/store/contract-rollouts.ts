import { expect, it } from "vitest";
import type { CompiledPolicy } from "../core/compiled.ts";
import { layerAt, positionOf, type Rollout, whole } from "../core/rollout.ts";
import { arrive, beginWave, pause, settled } from "../core/rollout-layers.ts";
import { Retry } from "../errors.ts";
import { listGroups } from "./admission.ts";
import { acquireLease, releaseLease } from "./leader.ts";
import { regrant } from "./regrant.ts";
import { changeRollout, listRollouts, unreadableReason, writeRollouts } from "./rollouts.ts";
import { enroll, grantedOf, start } from "./test-fleet.ts";
import type { TestStores } from "./test-stores.ts";
import { wavePositions, waveReports } from "./wave-reports.ts";

const none = new Set(["ada@acme.example"]);
const target = { all: true, groups: [], devices: none, users: none, userGroups: none, exclude: undefined };
const origin = { file: "p.yaml", line: 1, column: 1 };

function version(priority: number): CompiledPolicy {
  return { name: "p", priority, target, mode: "enforce", uses: [], inventory: [], origin };
}

function rollout(share: number): Rollout {
  const base = settled("p", version(1), { revision: "r1", at: start });
  const next = arrive(base, { policy: version(2), revision: "r2", at: start });
  return beginWave(next, share, share * whole, start);
}

/** What every store promises of changes that reach devices in waves. */
export function rolloutsContract(stores: TestStores): void {
  it("tells devices apart by what they see of a rollout, as the core does, and grants those alone", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const begun = [];
    for (let n = 0; n < 8; n += 1) begun.push(await enroll(store, n));
    const half = rollout(0.5);
    const places = begun.map(({ device }) => positionOf("p", device));
    const first = places.filter((position) => layerAt(half.layers, position) === 0).length;

    const plain = await listGroups(store, "all", "admission");
    const groups = await listGroups(store, "all", "admission", [half]);
    const ahead = groups.filter(({ waves }) => waves === "0");
    const request = { group: ahead[0] ?? groups[0]!, granted: grantedOf("new") };
    const options = { dueAt: start, at: start + 1, rollouts: [half] };
    const [granted] = await regrant(store, [request], options);
    const positions = await wavePositions(store, "p", whole);

    expect(plain.map(({ count, waves }) => [count, waves])).toEqual([[8, undefined]]);
    expect(ahead.reduce((sum, group) => sum + group.count, 0)).toBe(first);
    expect(positions.map(({ position }) => position)).toEqual(places.toSorted((a, b) => a - b));
    expect(granted).toBe(first === 0 ? 8 : first);
    const reports = await waveReports(store, [half], half);
    // What they had said before they were granted it is no evidence of it.
    expect(reports.map(({ group, isHeard }) => [group.count, isHeard])).toEqual(
      first === 0 ? [] : [[first, false]],
    );
  });

  it("keeps how rollouts stand; only who leads writes, and never over what a person has said", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    const one = rollout(0.1);
    const empty = new Map<string, Rollout>();
    const lease = await acquireLease(store, { name: "leader", holder: "a", ttlMs: 60_000 });
    expect(await writeRollouts(store, { put: [one], drop: [], known: empty }, start, lease)).toBe(true);
    const known = await listRollouts(store);
    expect([...known.values()]).toEqual([one]);

    const paused = (now: Rollout | undefined) => pause(now ?? one, "too hot", "ada", start + 1);
    const untold = [{ type: "rollout.paused", at: Number.NaN, message: "at no time" }];
    await expect(changeRollout(store, "p", start + 1, paused, untold)).rejects.toThrow();
    expect(await listRollouts(store)).toEqual(known);
    await changeRollout(store, "p", start + 1, paused);
    expect(await writeRollouts(store, { put: [rollout(1)], drop: [], known }, start + 2, lease)).toBe(false);
    expect((await listRollouts(store)).get("p")).toMatchObject({
      status: "paused",
      reason: "too hot",
      by: "ada",
    });

    if (lease !== undefined) await releaseLease(store, lease);
    await acquireLease(store, { name: "leader", holder: "b", ttlMs: 60_000 });
    const late = writeRollouts(
      store,
      { put: [one], drop: [], known: await listRollouts(store) },
      start,
      lease,
    );
    await expect(late).rejects.toThrow(Retry);
  });

  it("does not say whom a target names, and what it cannot read is paused and taken from nobody", async () => {
    await using database = await stores.fresh();
    await using store = await database.open();
    await writeRollouts(store, { put: [rollout(0.5)], drop: [], known: new Map() }, start, undefined);
    const [row] = await store.query<{ layers: string }>("select layers from reeve.rollout");
    expect(row?.layers).not.toContain("ada@acme.example");
    for (const change of ["form = 99", "form = 1, layers = 'torn'"]) {
      await store.query(`update reeve.rollout set ${change}`);
      expect((await listRollouts(store)).get("p")).toMatchObject({
        status: "paused",
        reason: unreadableReason,
        layers: [{ policy: "kept", below: whole }],
      });
    }
  });
}
