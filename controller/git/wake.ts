/** A flag that one reader waits for: raised any number of times, seen once, never lost. */
export interface Wake {
  readonly raise: () => void;
  /** Resolves true when it was raised since the last time, false when the signal ended the wait. */
  readonly wait: (signal: AbortSignal) => Promise<boolean>;
}

/** A lowered flag. */
export function createWake(): Wake {
  let raised = false;
  let resume: (() => void) | undefined;
  return {
    raise() {
      raised = true;
      resume?.();
    },
    async wait(signal) {
      if (!raised && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const ended = (): void => resolve();
        resume = ended;
        signal.addEventListener("abort", ended, { once: true });
        await promise;
        // The signal lives as long as the process, and there are many waits.
        signal.removeEventListener("abort", ended);
      }
      resume = undefined;
      if (signal.aborted) return false;
      raised = false;
      return true;
    },
  };
}

/** Yields once for each time the flag was found raised, until the signal. */
export async function* raisings(wake: Wake, signal: AbortSignal): AsyncGenerator<void> {
  while (await wake.wait(signal)) yield;
}

/** Timers as a parameter, so that tests own time. */
export interface Timers {
  readonly set: (action: () => void, ms: number) => unknown;
  readonly clear: (timer: unknown) => void;
}

export const systemTimers: Timers = {
  set: (action, ms) => setTimeout(action, ms),
  clear: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
