import { createHash } from "node:crypto";

export type Random = {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [low, high]. */
  between(low: number, high: number): number;
  pick<T>(items: readonly T[]): T;
  bytes(count: number): Buffer;
  hex(digits: number): string;
  uuid(): string;
};

/** A seeded source: the same words always give the same numbers. Not for real secrets. */
export function seeded(...words: readonly (string | number)[]): Random {
  let state = createHash("sha256").update(words.join("\u0000")).digest().readUInt32LE();
  // mulberry32: small, fast, and good enough for behaviour.
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  function bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => Math.floor(next() * 256)));
  }
  function hex(digits: number): string {
    return bytes(Math.ceil(digits / 2))
      .toString("hex")
      .slice(0, digits);
  }
  function pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error("nothing to pick from");
    return items[Math.floor(next() * items.length)] as T;
  }
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    pick,
    bytes,
    hex,
    uuid: () =>
      hex(32)
        .toUpperCase()
        .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-A$4-$5"),
  };
}
