import { LRUCache } from "lru-cache";

/** What this process has told over each store, each under a key; the ten thousand told last are known. */
export type Told = WeakMap<object, LRUCache<string, true>>;

/** Nothing told yet. */
export function nothingTold(): Told {
  return new WeakMap();
}

/** True of what was told over a store under a key, or is being told. */
export function wasTold(told: Told, store: object, key: string): boolean {
  return told.get(store)?.has(key) === true;
}

/** Tells under a key what was not told before: whoever is told of may ask as often as he likes. What fails was not told. */
export async function tellOnce(
  told: Told,
  store: object,
  key: string,
  tell: () => Promise<void>,
): Promise<void> {
  const known = told.get(store) ?? new LRUCache<string, true>({ max: 10_000 });
  if (known.has(key)) return;
  // Before it is over: many may ask at once.
  told.set(store, known.set(key, true));
  try {
    await tell();
  } catch (error) {
    known.delete(key);
    throw error;
  }
}
