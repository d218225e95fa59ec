import type { GrantedItem } from "./granted.ts";
import { idOf, replacedBy } from "./replaced-by.ts";

/** What stays, and why. */
export type Retained = GrantedItem & { readonly retained: string };

/** What devices are given, none of it twice. */
export interface Once {
  readonly given: readonly GrantedItem[];
  readonly retained: readonly Retained[];
  /** What does not come yet, and why. */
  readonly withheld: readonly Retained[];
}

/**
 * Devices have nothing twice. What has the name or the identifier of something that stays where it was waits for that,
 * with all that it would have taken the place of, for nobody else has that now.
 */
export function besideKept(
  items: readonly GrantedItem[],
  retained: readonly Retained[],
  earlier: readonly GrantedItem[],
): Once {
  const places = new Map(earlier.map((item) => [item.key, idOf(item)]));
  const [found, coming] = split(items, (item) => places.get(item.key) === idOf(item));
  // More than one guard may have put it back.
  const home = [...new Map(found.toSorted(retainedLast).map((item) => [item.key, item])).values()];
  const staying = [...home, ...retained];
  const [waiting, free] = split(coming, (item) => blockerOf(item, staying) !== undefined);
  if (waiting.length === 0) return { given: [...home, ...free], retained, withheld: [] };
  const withheld = waiting.map((item) => ({ ...item, retained: reasonOf(item, blockerOf(item, staying)) }));
  const replaced = replacedBy(items, earlier);
  const kept = withheld.flatMap((item) => {
    const before = [replaced(item), ...earlier.filter(({ key }) => key === item.key)];
    return before.flatMap((old) => (old === undefined ? [] : [{ ...old, retained: item.retained }]));
  });
  const names = new Set(staying.map(({ key }) => key));
  const more = [...new Map(kept.map((one) => [one.key, one])).values()].filter(({ key }) => !names.has(key));
  // What is kept with it has a name and an identifier as well.
  const rest = besideKept([...home, ...free], [...retained, ...more], earlier);
  return { ...rest, withheld: [...withheld, ...rest.withheld] };
}

function retainedLast(one: GrantedItem, other: GrantedItem): number {
  return Number(one.retained !== undefined) - Number(other.retained !== undefined);
}

function blockerOf(item: GrantedItem, staying: readonly GrantedItem[]): GrantedItem | undefined {
  return staying.find((one) => one.key === item.key || idOf(one) === idOf(item));
}

function reasonOf({ key }: GrantedItem, blocker: GrantedItem | undefined): string {
  const shared = blocker?.key === key ? "name" : "identifier";
  const why = blocker?.retained === undefined ? "" : `: ${blocker.retained}`;
  return `${blocker?.key}, which has its ${shared}, stays${why}`;
}

function split<T>(all: readonly T[], is: (one: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [all.filter(is), all.filter((one) => !is(one))];
}
