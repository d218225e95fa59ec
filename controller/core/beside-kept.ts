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
  /** Of what is kept and withheld, keys of what waits for a maintenance window in the end. */
  readonly late: ReadonlySet<string>;
}

/** What guards have put back under its name and its identifier. */
export interface PutBack {
  /** Why, by key. */
  readonly reasons: ReadonlyMap<string, string>;
  /** Keys of what only a maintenance window keeps. */
  readonly late: ReadonlySet<string>;
}

/**
 * Devices have nothing twice. What has the name or the identifier of something that stays where it was waits for that,
 * with all that it would have taken the place of, for nobody else has that now.
 */
export function besideKept(
  items: readonly GrantedItem[],
  retained: readonly Retained[],
  earlier: readonly GrantedItem[],
  back: PutBack = { reasons: new Map(), late: new Set() },
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
    late: back.late,
  };
  // What is kept with something has a name and an identifier as well; each round keeps one more, or is the last.
  for (const _item of items) {
    const staying = [...home.values(), ...once.retained];
    const blocked = once.given.flatMap((item) => (isHome(item) ? [] : blockedBy(item, staying)));
    if (blocked.length === 0) break;
    const names = new Set(staying.map(({ key }) => key));
    const late = new Set(once.late);
    const waiting: Retained[] = [];
    const kept = new Map<string, Retained>();
    for (const { item, by } of blocked) {
      const retained = reasonOf(item, by, back);
      waiting.push({ ...item, retained });
      const was = [replaced(item), ...earlier.filter(({ key }) => key === item.key)];
      const stays = was.flatMap((old) =>
        old === undefined || names.has(old.key) ? [] : [{ ...old, retained }],
      );
      for (const old of stays) kept.set(old.key, old);
      if (once.late.has(by.key)) for (const { key } of [item, ...stays]) late.add(key);
    }
    const waits = new Set(waiting.map(({ key }) => key));
    once = {
      given: once.given.filter((item) => isHome(item) || !waits.has(item.key)),
      retained: [...once.retained, ...kept.values()],
      withheld: [...once.withheld, ...waiting],
      late,
    };
  }
  return once;
}

interface Blocked {
  readonly item: GrantedItem;
  readonly by: GrantedItem;
}

/** The item with what it waits for of those that stay; nothing where none has what it would have. */
function blockedBy(item: GrantedItem, staying: readonly GrantedItem[]): readonly Blocked[] {
  const by = staying.find((one) => one.key === item.key || idOf(one) === idOf(item));
  return by === undefined ? [] : [{ item, by }];
}

function reasonOf({ key }: GrantedItem, by: GrantedItem, { reasons }: PutBack): string {
  const shared = by.key === key ? "name" : "identifier";
  const because = by.retained ?? reasons.get(by.key);
  return `${by.key}, which has its ${shared}, stays${because === undefined ? "" : `: ${because}`}`;
}

function retainedLast(one: GrantedItem, other: GrantedItem): number {
  return Number(one.retained !== undefined) - Number(other.retained !== undefined);
}
