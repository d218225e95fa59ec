import { canonical } from "../canonical.ts";
import { isFields, type Leaf, leafPath, pathsAbove } from "./leaves.ts";
import { impliedBy, strengthOf } from "./strength.ts";

/** What one item asks of a policy. */
export interface Asking {
  /** Its key; `reeve` for what reeve adds itself. */
  readonly item: string;
  /** Of the policy that asks for it: where two disagree the higher one wins. */
  readonly priority: number;
  /** What stays although nobody asks for it any more gives way to what is asked for. */
  readonly stays?: true;
  readonly leaves: readonly Leaf[];
}

/** A value that a policy has, and who wants it so. */
export interface Decided {
  readonly leaf: Leaf;
  /** Items that want just this, the one that decides first. */
  readonly items: readonly string[];
}

/** A value that an item asks for and another decides otherwise. */
export interface Overruled {
  readonly path: string;
  readonly item: string;
  readonly by: string;
  /** Both have the same priority: validation and layering should have stopped it. */
  readonly equal?: true;
}

export interface Merged {
  /** By path. */
  readonly decided: ReadonlyMap<string, Decided>;
  readonly overruled: readonly Overruled[];
}

interface Wish {
  readonly asking: Asking;
  readonly leaf: Leaf;
  readonly text: string;
}

/** Decides every value once. The order in which items are given is no matter. */
export function mergeLeaves(askings: readonly Asking[]): Merged {
  const wishes = new Map<string, Wish[]>();
  for (const asking of askings)
    for (const leaf of asking.leaves) {
      const known = wishes.get(leaf.path) ?? [];
      known.push({ asking, leaf, text: canonical(leaf.value) });
      wishes.set(leaf.path, known);
    }
  const won = new Map<string, Won>();
  const overruled: Overruled[] = [];
  const implied: Wish[] = [];
  for (const path of [...wishes.keys()].sort()) {
    const [winner, ...others] = byWeight(wishes.get(path) ?? []);
    if (winner === undefined) continue;
    won.set(path, { winner, agreeing: others.filter((one) => one.text === winner.text) });
    overruled.push(...others.flatMap((one) => overruling(path, one, winner)));
    implied.push(...others.flatMap((one) => impliedWishes(one, winner)));
  }
  // Where somebody counts them, that count stands.
  for (const [path, [winner, ...agreeing]] of Map.groupBy(implied, ({ leaf }) => leaf.path))
    if (winner !== undefined && !won.has(path)) won.set(path, { winner, agreeing });
  overruled.push(...settleHolders(won), ...settleOtherLists(won));
  const decided = [...won].map(([path, { winner, agreeing }]): readonly [string, Decided] => [
    path,
    { leaf: winner.leaf, items: [winner, ...agreeing].map((one) => one.asking.item) },
  ]);
  return { decided: new Map(decided), overruled };
}

/** Who decides a path, and who wants the same. */
interface Won {
  readonly winner: Wish;
  readonly agreeing: readonly Wish[];
}

/**
 * Of a value that holds other values, such as a list whose elements cannot be told apart, either it stands or those do.
 * An empty one gives way. Takes what does not stand out of `won`.
 */
function settleHolders(won: Map<string, Won>): readonly Overruled[] {
  const held = new Map<string, string[]>();
  for (const [path, { winner }] of won)
    for (const above of pathsAbove(winner.leaf))
      if (won.has(above)) held.set(above, [...(held.get(above) ?? []), path]);
  return [...held].flatMap(([path, below]) => {
    const holder = won.get(path)?.winner;
    const [first] = below.flatMap((one) => won.get(one)?.winner ?? []).sort(byPriority);
    if (holder === undefined || first === undefined) return [];
    const isNothing = isEmpty(holder.leaf.value);
    const stands = !isNothing && byPriority(holder, first) < 0;
    const losing = stands ? below : [path];
    const by = stands ? holder : first;
    const told = isNothing ? [] : losing.flatMap((one) => overruledBy(by, one, won.get(one)));
    for (const one of losing) won.delete(one);
    return told;
  });
}

function overruledBy(winner: Wish, path: string, lost: Won | undefined): readonly Overruled[] {
  if (lost === undefined) return [];
  return [lost.winner, ...lost.agreeing].flatMap((one) => overruling(path, one, winner));
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : isFields(value) && Object.keys(value).length === 0;
}

/** The one that decides first. Wishes that add up stand where the first of them does, and the strongest speaks for all. */
function byWeight(wishes: readonly Wish[]): readonly Wish[] {
  const sorted = wishes.toSorted(byPriority);
  const [first] = sorted;
  if (first === undefined || strengthOf(first.leaf) === undefined) return sorted;
  const strongest = sorted.reduce((most, one) =>
    (strengthOf(one.leaf) ?? Number.NEGATIVE_INFINITY) > (strengthOf(most.leaf) ?? 0) ? one : most,
  );
  return [strongest, ...sorted.filter((one) => one !== strongest)];
}

function byPriority(a: Wish, b: Wish): number {
  return (
    Number(a.asking.stays === true) - Number(b.asking.stays === true) ||
    b.asking.priority - a.asking.priority ||
    compare(a.asking.item, b.asking.item) ||
    compare(a.text, b.text)
  );
}

function impliedWishes({ asking, leaf }: Wish, winner: Wish): readonly Wish[] {
  return impliedBy(leaf, winner.leaf).map((one) => ({ asking, leaf: one, text: canonical(one.value) }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function overruling(path: string, one: Wish, winner: Wish): readonly Overruled[] {
  const isContained = strengthOf(one.leaf) !== undefined && strengthOf(winner.leaf) !== undefined;
  if (one.text === winner.text || isContained) return [];
  const { item, priority, stays } = one.asking;
  const isEqual = priority === winner.asking.priority && stays === winner.asking.stays;
  return [{ path, item, by: winner.asking.item, ...(isEqual ? { equal: true as const } : {}) }];
}

/** What an element of a list meant where it was written must be what the list means now. Takes the others out of `won`. */
function settleOtherLists(won: Map<string, Won>): readonly Overruled[] {
  return [...won].flatMap(([path, one]) => {
    const { steps } = one.winner.leaf;
    const step = steps.at(-1);
    if (typeof step !== "object" || step.list.under === undefined) return [];
    const meaning = won.get(leafPath([...steps.slice(0, -2), step.list.under]))?.winner;
    if (String(meaning?.leaf.value) === step.under) return [];
    won.delete(path);
    return meaning === undefined ? [] : overruledBy(meaning, path, one);
  });
}
