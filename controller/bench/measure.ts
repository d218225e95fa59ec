import type { Figure } from "./figure.ts";

export interface MeasureOptions {
  /** Smaller fleets and shorter times: says whether it works, not how fast it is. */
  readonly quick: boolean;
  readonly say: (line: string) => void;
}

/** One measurement; each runs in a process of its own, so that memory and caches are its own. */
export interface Measurement {
  readonly name: string;
  readonly about: string;
  readonly run: (options: MeasureOptions) => Promise<readonly Figure[]>;
}

/** Milliseconds that `work` takes, and its result. */
export function timed<T>(work: () => T): { readonly ms: number; readonly result: T } {
  const began = performance.now();
  const result = work();
  return { ms: performance.now() - began, result };
}

/** Milliseconds of the middle one of `rounds` runs. */
export function median(rounds: number, work: () => unknown): number {
  const times = Array.from({ length: rounds }, () => timed(work).ms).sort((a, b) => a - b);
  return times[times.length >> 1] ?? 0;
}

const mebibyte = 1024 * 1024;

/** Memory of this process now, after a collection, and the most it ever was. MiB. */
export function memory(): { readonly heap: number; readonly rss: number; readonly peak: number } {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed / mebibyte, rss: rss / mebibyte, peak: process.resourceUsage().maxRSS / 1024 };
}

/** `percent` (0..100) of sorted or unsorted times. */
export function percentile(times: readonly number[], percent: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}
