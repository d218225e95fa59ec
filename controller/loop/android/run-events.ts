import { setTimeout as sleep } from "node:timers/promises";
import { backoffMs } from "../../core/backoff.ts";
import { Retry } from "../../errors.ts";
import type { AndroidEvents } from "./events.ts";

export interface RunEventsPorts {
  readonly events: AndroidEvents;
  /** Resolves after a round that read what was hinted at. */
  readonly round: () => Promise<void>;
  readonly isLeader: () => boolean;
  /** Between two looks that found nothing. */
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
  readonly onTaken: (seconds: number) => void;
}

const longest = 5 * 60_000;

/** Takes events until it is stopped. After a failure it waits longer each time; the list of devices finds what is missed. */
export function runEvents(ports: RunEventsPorts): { readonly stop: () => Promise<void> } {
  const ending = new AbortController();
  const { signal } = ending;
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal }).catch(() => {});

  async function running(): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      const turn = await takeOnce(ports, signal);
      failures = turn.failed ? failures + 1 : 0;
      if (turn.failed)
        await pause(turn.afterMs ?? backoffMs(failures, "android events", ports.everyMs, longest));
      else if (turn.taken === 0) await pause(ports.everyMs);
    }
  }

  const done = running();
  return {
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

type Turn =
  | { readonly failed: false; readonly taken: number }
  | { readonly failed: true; readonly afterMs: number | undefined };

async function takeOnce(ports: RunEventsPorts, signal: AbortSignal): Promise<Turn> {
  if (!ports.isLeader()) return { failed: false, taken: 0 };
  const began = performance.now();
  try {
    const taken = await ports.events.take(ports.round, signal);
    ports.onTaken((performance.now() - began) / 1_000);
    return { failed: false, taken };
  } catch (error) {
    if (!signal.aborted) ports.onError(error);
    return { failed: true, afterMs: error instanceof Retry ? error.afterMs : undefined };
  }
}
