import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Source } from "../git/source.ts";
import type { Store } from "../store/open.ts";
import type { Reconciler } from "./reconciler.ts";
import { type LoopPorts, startLoop } from "./run.ts";

test("a turn that fails is repeated after a growing pause, not at once", async () => {
  const turns: number[] = [];
  const enough = Promise.withResolvers<void>();
  const errors: string[] = [];
  const tick = async () => {
    turns.push(performance.now());
    if (turns.length === 4) enough.resolve();
    throw new Error("the database does not answer");
  };
  const loop = startLoop({ ...portsOf({ tick }), onError: (part) => errors.push(part) });
  await enough.promise;
  await loop.stop();
  const gaps = turns.slice(1, 4).map((at, index) => at - (turns[index] ?? 0));
  for (const [index, least] of [40, 80, 160].entries()) expect(gaps[index]).toBeGreaterThan(least * 0.9);
  expect(errors.filter((part) => part === "tick").length).toBeLessThan(6);
});

test("a source that cannot be watched is looked at all the same, and watched anew", async () => {
  const said: string[] = [];
  const again = Promise.withResolvers<void>();
  let watched = 0;
  const changes = async function* () {
    if (++watched < 3) throw new Error("too many open files");
    yield;
    again.resolve();
    await new Promise(() => {});
  };
  const loop = startLoop({
    ...portsOf({ poll: async () => void said.push("looked") }),
    source: { changes } as unknown as Source,
    onError: (part, error) => said.push(`${part}: ${error}`),
    onTick: (part) => void (part === "source" && said.push("works")),
  });
  await again.promise;
  void loop.stop();
  const failed = ["looked", "source: Error: too many open files"];
  expect(said).toEqual([...failed, ...failed, "looked", "works", "looked"]);
});

test("what is under way at the end is waited for before the lease is given back", async () => {
  const said: string[] = [];
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const reading = async () => {
    begun.resolve();
    await end.promise;
    said.push("read");
  };
  const loop = startLoop({
    ...portsOf({ isLeader: () => true, close: async () => void said.push("given back") }),
    besides: [["reading", 1, reading]],
  });
  await begun.promise;
  const stopped = loop.stop();
  await sleep(30);
  end.resolve();
  await stopped;
  expect(said).toEqual(["read", "given back"]);
});

function portsOf(reconciler: Partial<Reconciler>): LoopPorts {
  const idle = { tick: async () => true, poll: async () => {}, isLeader: () => false, close: async () => {} };
  return {
    controller: {
      store: { flush: async () => {}, maintain: async () => {} } as unknown as Store,
      reconciler: { ...idle, ...reconciler } as unknown as Reconciler,
      push: async () => 0,
      portals: undefined,
      licences: { turn: async () => true },
    },
    source: { async *changes() {} } as unknown as Source,
    tickMs: 20,
    secretsEveryMs: 60_000,
    snapshot: undefined,
    onError: () => {},
    onTick: () => {},
    onHead: () => {},
    measure: async () => {},
  };
}
