import { expect, test } from "vitest";
import type { Source } from "../git/source.ts";
import type { Store } from "../store/open.ts";
import type { Reconciler } from "./reconciler.ts";
import { startLoop } from "./run.ts";

test("a turn that fails is repeated after a growing pause, not at once", async () => {
  const turns: number[] = [];
  const enough = Promise.withResolvers<void>();
  const errors: string[] = [];
  const reconciler = {
    tick: async () => {
      turns.push(performance.now());
      if (turns.length === 4) enough.resolve();
      throw new Error("the database does not answer");
    },
    poll: async () => {},
    isLeader: () => false,
    close: async () => {},
  } as unknown as Reconciler;
  const store = { flush: async () => {}, maintain: async () => {} } as unknown as Store;
  const source = { async *changes() {} } as unknown as Source;
  const loop = startLoop({
    controller: {
      store,
      reconciler,
      push: async () => 0,
      portals: undefined,
      licences: { turn: async () => true },
    },
    source,
    tickMs: 20,
    secretsEveryMs: 60_000,
    snapshot: undefined,
    onError: (part) => errors.push(part),
    onTick: () => {},
    onHead: () => {},
    measure: async () => {},
  });
  await enough.promise;
  await loop.stop();
  const gaps = turns.slice(1, 4).map((at, index) => at - (turns[index] ?? 0));
  for (const [index, least] of [40, 80, 160].entries()) expect(gaps[index]).toBeGreaterThan(least * 0.9);
  expect(errors.filter((part) => part === "tick").length).toBeLessThan(6);
});
