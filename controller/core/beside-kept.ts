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
  const isHome = (item: GrantedItem): boolean => places.get(item.key) === idOf(item);
  const replaced = replacedBy(items, earlier);
  // More than one guard may have put the same back.
  const home = new Map(
    items
      .filter(isHome)
      .toSorted(retainedLast)
      .map((item) => [item.key, item]),
  );
  let once: Once = {
    given: [...home.values(), ...items.filter((item) => !isHome(item))],
    retained,
    withheld: [],
  };
  // What is kept with something has a name and an identifier as well; each round keeps one more, or is the last.
  for (const _item of items) {
    const staying = [...home.values(), ...once.retained];
    const waiting = once.given.flatMap((item) => (isHome(item) ? [] : waitingFor(item, staying)));
    if (waiting.length === 0) break;
    const names = new Set(staying.map(({ key }) => key));
    const kept = waiting.flatMap((item) =>
      [replaced(item), ...earlier.filter(({ key }) => key === item.key)].flatMap((old) =>
        old === undefined || names.has(old.key) ? [] : [{ ...old, retained: item.retained }],
      ),
    );
    const waits = new Set(waiting.map(({ key }) => key));
    once = {
      given: once.given.filter((item) => isHome(item) || !waits.has(item.key)),
      retained: [...once.retained, ...new Map(kept.map((one) => [one.key, one])).values()],
      withheld: [...once.withheld, ...waiting],
    };
  }
  return once;
}

/** The item with the reason why it waits for one of those that stay; nothing where none has what it would have. */
function waitingFor(item: GrantedItem, staying: readonly GrantedItem[]): readonly Retained[] {
  const blocker = staying.find((one) => one.key === item.key || idOf(one) === idOf(item));
  if (blocker === undefined) return [];
  const shared = blocker.key === item.key ? "name" : "identifier";
  const why = blocker.retained === undefined ? "" : `: ${blocker.retained}`;
  return [{ ...item, retained: `${blocker.key}, which has its ${shared}, stays${why}` }];
}

function retainedLast(one: GrantedItem, other: GrantedItem): number {
  return Number(one.retained !== undefined) - Number(other.retained !== undefined);
}
