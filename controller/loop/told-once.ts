import { LRUCache } from "lru-cache";

/** What this process has told, each under a key; the ten thousand told last are known. */
export type Told = LRUCache<string, true>;

/** Nothing told yet. */
export function nothingTold(): Told {
  return new LRUCache<string, true>({ max: 10_000 });
}

/** Tells under a key what was not told before: whoever is told of may ask as often as he likes. What fails was not told. */
export async function tellOnce(told: Told, key: string, tell: () => Promise<void>): Promise<void> {
  if (told.has(key)) return;
  // Before it is over: many may ask at once.
  told.set(key, true);
  try {
    await tell();
  } catch (error) {
    told.delete(key);
    throw error;
  }
}
