import { expect, test } from "vitest";
import { desiredStates } from "../core/desired-states.ts";
import { positionOf, whole } from "../core/rollout.ts";
import { arrive, settled } from "../core/rollout-layers.ts";
import { withRollouts } from "../core/seen-policies.ts";
import { ipad, policy, set } from "../core/test-policies.ts";
import { enroll, start } from "../store/test-fleet.ts";
import { pglite } from "../store/test-stores.ts";
import { wavePosition } from "./wave-position.ts";

test("a wave lets in those of its share who stand first, and is no door for all who join while nobody is in it", async () => {
  await using database = await pglite.fresh();
  await using store = await database.open();
  const [before, after] = [policy("p", ["a:1"]), policy("p", ["a:2"])];
  const base = settled("p", before, { revision: "1", at: start });
  const rollout = arrive(base, { policy: after, revision: "2", at: start });
  const states = desiredStates(withRollouts(set("2", [after]), [rollout]));
  const ends = (share: number) => wavePosition(store, states, rollout, share, start);

  const places: number[] = [];
  const join = async (count: number) => {
    for (let n = 0; n < count; n++) {
      const { device } = await enroll(store, places.length, { facts: ipad });
      places.push(positionOf("p", device));
    }
    return places.toSorted((a, b) => a - b);
  };
  expect(await ends(0.1)).toEqual({ below: Math.floor(whole / 10), size: 0, devices: 0 });
  const [only = 0] = await join(1);
  expect(await ends(0.1)).toEqual({ below: only + 1, size: 1, devices: 1 });
  expect(await ends(1)).toEqual({ below: whole, size: 1, devices: 1 });
  const [, second = 0] = await join(4);
  expect(await ends(0.5)).toEqual({ below: second + 1, size: 2, devices: 5 });
});
