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
