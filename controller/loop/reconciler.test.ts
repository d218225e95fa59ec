import { expect, test } from "vitest";
import { acquireLease } from "../store/leader.ts";
import { pglite } from "../store/test-stores.ts";
import { install } from "../test/installation.ts";
import { baseline, passcode } from "../test/manifests.ts";

const start = Date.UTC(2026, 10, 20, 8);

test("a full pass that is asked for while another is under way still comes", async () => {
  let during: (() => void) | undefined;
  let before = 0;
  await using house = await install({
    stores: pglite,
    files: baseline,
    devices: [],
    parts: {
      clock: () => {
        // The gate is watched before the pass.
        if (during === undefined || before-- > 0) return start;
        const now = during;
        during = undefined;
        // The pass has begun by then, and has not ended.
        queueMicrotask(now);
        return start;
      },
    },
  });
  const { reconciler } = house.controller;
  await reconciler.poll();
  expect(await reconciler.tick()).toBe(true);

  reconciler.reconsider();
  before = 1;
  during = reconciler.reconsider;
  expect(await reconciler.tick()).toBe(false);
  expect(await reconciler.tick()).toBe(true);
});

test("what was committed while another replica led is taken up when its lease has ended", async () => {
  await using house = await install({ stores: pglite, files: baseline, devices: [] });
  const { reconciler } = house.controller;
  await acquireLease(house.store, { name: "leader", holder: "another", ttlMs: 15_000 });
  house.commit({ ...baseline, "passcode.yaml": passcode(9) });
  await reconciler.poll();
  await reconciler.tick();
  expect(reconciler.current()).toBeUndefined();

  await house.world.advance(15_001);
  await reconciler.tick();
  expect(reconciler.current()?.compiled.revision).toBe("r2");
});
