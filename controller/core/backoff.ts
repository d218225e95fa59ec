import { sha256 } from "./canonical.ts";

const minute = 60_000;

/**
 * How long to wait before the attempt after `attempts` failures: doubles from `first` up to `most`, with
 * ±20 % of jitter that is fixed by `seed`, so that the same state always gives the same time. Milliseconds.
 */
export function backoffMs(attempts: number, seed: string, first = minute, most = 6 * 60 * minute): number {
  const base = Math.min(most, first * 2 ** Math.min(Math.max(0, attempts - 1), 20));
  return Math.round(base * (0.8 + 0.4 * fraction(`${seed}/${attempts}`)));
}

/** A stable number in [0, 1) for a text. */
export function fraction(text: string): number {
  return Number.parseInt(sha256(text).slice(0, 8), 16) / 0x1_0000_0000;
}
