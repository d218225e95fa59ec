import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../../core/backoff.ts";
import { Retry } from "../../errors.ts";
import type { AndroidLoop } from "./round.ts";

export interface RoundPorts {
  readonly android: Pick<AndroidLoop, "round">;
  /** Only the leader calls Google: two would take each other's quota. */
  readonly isLeader: () => boolean;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
  readonly onRound: (seconds: number) => void;
}

/** Rounds that go on until they are stopped, beside everything else: nothing waits for Google. */
export interface RunningRounds {
  /**
   * Resolves after a round that began after this call; it comes at once, unless Google is to be left alone. Where
   * another replica leads, nothing is done for it. Rejects when that round failed, or when there will be none.
   */
  readonly soon: () => Promise<void>;
  /** Ends after the round under way. */
  readonly stop: () => Promise<void>;
}

/** A burst of wishes is one round. */
const gathering = 200;
const longest = 5 * 60_000;

/** Makes a round each `everyMs`. After one that failed it waits for as long as Google said, else longer each time. */
export function runRounds(ports: RoundPorts): RunningRounds {
  const ending = new AbortController();
  let wake = new AbortController();
  let waiting: PromiseWithResolvers<void>[] = [];

  async function running(): Promise<void> {
    for (let failures = 0; !ending.signal.aborted; ) {
      const failed = await oneTurn();
      failures = failed === undefined ? 0 : failures + 1;
      if (failed === undefined) await nextRound();
      else
        await pause(failed.afterMs ?? backoffMs(failures, "android", ports.everyMs, longest), ending.signal);
    }
    for (const one of waiting) one.reject(new Error("the loop has ended"));
  }

  async function oneTurn(): Promise<Failed | undefined> {
    const asked = waiting;
    waiting = [];
    const failed = ports.isLeader() ? await oneRound(ports) : undefined;
    for (const one of asked) {
      if (failed === undefined) one.resolve();
      else one.reject(failed.error);
    }
    return failed;
  }

  async function nextRound(): Promise<void> {
    if (waiting.length === 0) {
      wake = new AbortController();
      await pause(ports.everyMs, AbortSignal.any([wake.signal, ending.signal]));
    }
    await pause(Math.min(gathering, ports.everyMs), ending.signal);
  }

  const done = running();
  return {
    soon: () => {
      const wish = Promise.withResolvers<void>();
      if (ending.signal.aborted) wish.reject(new Error("the loop has ended"));
      else waiting.push(wish);
      wake.abort();
      return wish.promise;
    },
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

interface Failed {
  readonly error: unknown;
  readonly afterMs: number | undefined;
}

async function oneRound({ android, onError, onRound }: RoundPorts): Promise<Failed | undefined> {
  const began = performance.now();
  try {
    await android.round();
    onRound((performance.now() - began) / 1_000);
    return undefined;
  } catch (error) {
    onError(error);
    return { error, afterMs: error instanceof Retry ? error.afterMs : undefined };
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {});
}
