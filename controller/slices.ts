import { setImmediate as turn } from "node:timers/promises";

const sliceMs = 8;

/**
 * Hands out values one after the other. Whenever making and using them has taken a few milliseconds, everything else
 * in this process gets its turn first: long work in small steps never keeps a device waiting.
 */
export async function* inSlices<T>(values: Iterable<T>): AsyncGenerator<T> {
  let began = performance.now();
  for (const value of values) {
    yield value;
    if (performance.now() - began < sliceMs) continue;
    await turn();
    began = performance.now();
  }
}

const waiting: (() => void)[] = [];
let used = 0;
let scheduled = false;

/**
 * Runs a short piece of work that cannot be cut, such as a signature to verify or a report to read, and gives its result. What many
 * callers ask for at once runs in their order, and everything else gets its turn whenever it has taken a few
 * milliseconds together: a thousand devices that wake at the same moment do not add up to a block.
 */
export async function inTurn<T>(work: () => T): Promise<T> {
  if (!scheduled) endTurn();
  if (waiting.length === 0 && used < sliceMs) return measured(work);
  return new Promise((resolve, reject) => {
    waiting.push(() => {
      try {
        resolve(measured(work));
      } catch (error) {
        reject(error);
      }
    });
  });
}

function endTurn(): void {
  scheduled = true;
  setImmediate(() => {
    scheduled = false;
    used = 0;
    while (used < sliceMs && waiting.length > 0) waiting.shift()?.();
    if (waiting.length > 0) endTurn();
  });
}

function measured<T>(work: () => T): T {
  const began = performance.now();
  try {
    return work();
  } finally {
    used += performance.now() - began;
  }
}
