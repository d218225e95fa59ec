import { createChainCheck, type Flaw, type PublishedHead } from "../core/check-chain.ts";
import { eventsOfSeals, sealEvents, sealsAfter, sealsOutside, strayEvents } from "../store/event-seals.ts";
import type { Store } from "../store/open.ts";

/** The database seals no more in a statement: the embedded store does nothing else meanwhile. */
const mostInSeal = 250;

/** Seals all events that are finished. Returns how many. */
export async function sealAll(store: Store, goesOn: () => boolean = () => true): Promise<number> {
  let all = 0;
  for (let sealed = mostInSeal; sealed === mostInSeal && goesOn(); ) {
    sealed = await sealEvents(store, mostInSeal);
    all += sealed;
  }
  return all;
}

/** What the check of the whole history found. */
export interface Verification {
  readonly seals: number;
  /** Events that are as they were sealed or were changed. */
  readonly events: number;
  /** Ordinary events that are older than 400 days and were let go. */
  readonly letGo: number;
  readonly flawed: number;
  /** The first of them. */
  readonly flaws: readonly Flaw[];
  readonly head: { readonly n: number; readonly hash: string };
}

const sealsAtOnce = 50;
const straysAtOnce = 1_000;

/**
 * Reads the history from its beginning, a few seals at a time, and says how far it is after each; the last one is the
 * verification.
 */
export async function* verifyEvents(
  store: Store,
  now: number,
  heads: readonly PublishedHead[],
): AsyncGenerator<{ readonly seals: number } | Verification> {
  await sealAll(store);
  const check = createChainCheck(now, heads);
  let [done, read] = [0, 0];
  for (let seals = await sealsAfter(store, 0, sealsAtOnce); seals.length > 0; ) {
    const [first, last] = [seals[0]?.n ?? 0, seals.at(-1)?.n ?? 0];
    const bySeal = Map.groupBy(await eventsOfSeals(store, first, last), (event) => event.seal);
    for (const seal of seals) {
      check.seal(seal, bySeal.get(seal.n) ?? []);
      await new Promise(setImmediate);
    }
    done += seals.length;
    yield { seals: done };
    read = last;
    seals = await sealsAfter(store, read, sealsAtOnce);
  }
  check.outside(await sealsOutside(store, read));
  let after: number | undefined;
  for (let strays = straysAtOnce; strays === straysAtOnce; ) {
    const found = await strayEvents(store, after, straysAtOnce);
    for (const { seq, type } of found) check.stray(seq, type);
    [strays, after] = [found.length, found.at(-1)?.seq ?? after];
  }
  yield check.end();
}
