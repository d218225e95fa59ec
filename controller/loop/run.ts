import { setTimeout as sleep } from "node:timers/promises";
import type { Source } from "../git/source.ts";
import type { SealHead } from "../store/event-seals.ts";
import type { Store } from "../store/open.ts";
import type { AndroidEvents } from "./android/events.ts";
import type { AndroidLoop } from "./android/round.ts";
import { runEvents } from "./android/run-events.ts";
import { runRounds } from "./android/run-rounds.ts";
import { keepHouse } from "./housekeeping.ts";
import type { Licences } from "./licences.ts";
import type { Reconciler } from "./reconciler.ts";

export interface LoopPorts {
  readonly controller: {
    readonly store: Store;
    readonly reconciler: Reconciler;
    readonly push: () => Promise<number>;
    readonly portals: { readonly tick: () => Promise<void> } | undefined;
    readonly licences: Licences;
    readonly android?: AndroidLoop | undefined;
    readonly androidEvents?: AndroidEvents | undefined;
  };
  readonly source: Source;
  readonly tickMs: number;
  /** How often the secrets in use are read again, within 10 % either way. */
  readonly secretsEveryMs: number;
  readonly snapshot: { readonly file: string; readonly everyMs: number } | undefined;
  readonly onError: (part: string, error: unknown) => void;
  readonly onTick: (part: string, seconds: number) => void;
  /** The newest seal of the history, about once an hour when there is a new one: to be kept elsewhere. */
  readonly onHead: (head: SealHead) => void;
  /** What the leader does besides, each part at its own interval in ms. */
  readonly besides?: readonly (readonly [part: string, everyMs: number, work: () => Promise<unknown>])[];
  /** Refreshes gauges. */
  readonly measure: () => Promise<void>;
}

export interface RunningLoop {
  /** There is work: the next tick comes at once. */
  readonly nudge: () => void;
  /** Reasons why the loop is stuck, for /livez. */
  readonly stuck: () => readonly string[];
  /** Ends after the tick under way, with a last flush and snapshot. */
  readonly stop: () => Promise<void>;
}

const coalesceMs = 15;
const stuckMs = 120_000;
/** A database that is down is asked at least so often whether it is back. */
const longestPauseMs = 15_000;

/** Ticks, polls and keeps house until it is stopped. Nothing that goes wrong ends it. */
export function startLoop(ports: LoopPorts): RunningLoop {
  const { controller, source } = ports;
  const ending = new AbortController();
  let wake: (() => void) | undefined;
  let pending = true;
  let failures = 0;
  let lastTick = Date.now();

  const nudge = (): void => {
    pending = true;
    wake?.();
  };

  async function guarded(part: string, work: () => Promise<unknown>): Promise<boolean> {
    const began = performance.now();
    try {
      await work();
      ports.onTick(part, (performance.now() - began) / 1_000);
      return true;
    } catch (error) {
      ports.onError(part, error);
      return false;
    }
  }

  /** What is left after one turn; a turn in which something went wrong is not repeated at once. */
  async function tick(): Promise<"nothing" | "work" | "failed"> {
    let idle = true;
    const decided = await guarded("tick", async () => {
      idle = await controller.reconciler.tick();
    });
    const pushed = await guarded("push", async () => {
      if ((await controller.push()) > 0) idle = false;
    });
    if (!decided || !pushed) return "failed";
    return idle ? "nothing" : "work";
  }

  async function ticking(): Promise<void> {
    while (!ending.signal.aborted) {
      pending = false;
      const left = await tick();
      lastTick = Date.now();
      failures = left === "failed" ? failures + 1 : 0;
      if (left === "work") pending = true;
      if (failures > 0) await pause(pauseAfter(failures));
      else await nextTurn();
    }
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: ending.signal }).catch(() => {});
  }

  /** Until the tick is due or somebody nudges; a burst of nudges is one turn. */
  async function nextTurn(): Promise<void> {
    if (!pending) {
      const turned = new AbortController();
      wake = () => turned.abort();
      const signal = AbortSignal.any([turned.signal, ending.signal]);
      await sleep(ports.tickMs, undefined, { signal }).catch(() => {});
      wake = undefined;
    }
    await pause(coalesceMs);
  }

  async function poll(): Promise<void> {
    await guarded("poll", controller.reconciler.poll);
    nudge();
  }

  /** One that cannot be watched is looked at all the same, and watched anew after a growing pause. */
  async function polling(): Promise<void> {
    for (let failed = 0; !ending.signal.aborted; failed++) {
      if (failed > 0) await pause(pauseAfter(failed));
      if (ending.signal.aborted) return;
      await poll();
      await guarded("source", () =>
        watching(async () => {
          if (failed > 0) ports.onTick("source", 0);
          failed = 0;
          await poll();
        }),
      );
    }
  }

  /** Until the loop ends. What is left of a watch that failed ends with it. */
  async function watching(changed: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    try {
      for await (const _ of source.changes(AbortSignal.any([ending.signal, over.signal]))) await changed();
    } finally {
      over.abort();
    }
    if (!ending.signal.aborted) throw new Error("it says no more when it changes");
  }

  const pauseAfter = (failed: number): number =>
    Math.min(longestPauseMs, ports.tickMs * 2 ** Math.min(failed, 16));

  const house = keepHouse(ports, { guarded, nudge, goesOn: () => !ending.signal.aborted });
  const android = runAndroid(ports);
  const running = [ticking(), polling()];

  return {
    nudge,
    stuck: () => (Date.now() - lastTick > stuckMs ? ["the loop has not ticked for two minutes"] : []),
    stop: async () => {
      ending.abort();
      await Promise.all([...running, house.stop(), ...android.map((one) => one.stop())]);
      await guarded("flush", controller.store.flush);
      const { snapshot } = ports;
      if (snapshot !== undefined) await guarded("snapshot", () => controller.store.snapshot(snapshot.file));
      await guarded("lease", controller.reconciler.close);
    },
  };
}

/** Rounds over Android devices, and the events that bring them forward, beside everything else. */
function runAndroid(ports: LoopPorts): readonly { readonly stop: () => Promise<void> }[] {
  const { android, androidEvents: events, reconciler } = ports.controller;
  if (android === undefined) return [];
  const { isLeader } = reconciler;
  const everyMs = ports.tickMs;
  const rounds = runRounds({
    android,
    isLeader,
    everyMs,
    onError: (error) => ports.onError("android", error),
    onRound: (seconds) => ports.onTick("android", seconds),
  });
  if (events === undefined) return [rounds];
  const part = "android-events";
  const onError = (error: unknown): void => ports.onError(part, error);
  const onTaken = (seconds: number): void => ports.onTick(part, seconds);
  return [rounds, runEvents({ events, round: rounds.soon, isLeader, everyMs, onError, onTaken })];
}
