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
  const before = new Map(earlier.map((item) => [item.key, item]));
  const isHome = (item: GrantedItem): boolean => {
    const place = before.get(item.key);
    return place !== undefined && idOf(place) === idOf(item);
  };
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
  const because = new Map([...back.reasons, ...retained.map((one) => [one.key, one.retained] as const)]);
  // What is kept with something has a name and an identifier as well; each round keeps one more, or is the last.
  for (const _item of items) {
    const staying = [...home.values(), ...once.retained];
    const blocked = blockedBy(
      once.given.filter((item) => !isHome(item)),
      staying,
    );
    if (blocked.length === 0) break;
    const names = new Set(staying.map(({ key }) => key));
    const found = blocked.map(({ item, by }) => {
      // Where one waits for another and that for a third, what keeps the third is why.
      const why = because.get(by.key) ?? "";
      const retained = reasonOf(item, by, why);
      const was = [replaced(item), before.get(item.key)].flatMap((old) => old ?? []);
      const stays = was.filter(({ key }) => !names.has(key)).map((old) => ({ ...old, retained }));
      return { by, why, waits: { ...item, retained }, stays };
    });
    for (const { stays, why } of found) for (const { key } of stays) because.set(key, why);
    const kept = new Map(found.flatMap(({ stays }) => stays).map((one) => [one.key, one]));
    const late = found.filter(({ by }) => once.late.has(by.key));
    const waits = new Set(found.map((one) => one.waits.key));
    once = {
      given: once.given.filter((item) => isHome(item) || !waits.has(item.key)),
      retained: [...once.retained, ...kept.values()],
      withheld: [...once.withheld, ...found.map((one) => one.waits)],
      late: new Set([
        ...once.late,
        ...late.flatMap((one) => [one.waits, ...one.stays].map(({ key }) => key)),
      ]),
    };
  }
  return once;
}

interface Blocked {
  readonly item: GrantedItem;
  readonly by: GrantedItem;
}

/** The items of whose name or identifier something stays, each with what that is. */
function blockedBy(items: readonly GrantedItem[], staying: readonly GrantedItem[]): readonly Blocked[] {
  const names = new Map(staying.map((one) => [one.key, one]));
  const ids = new Map(staying.map((one) => [idOf(one), one]));
  return items.flatMap((item) => {
    const by = names.get(item.key) ?? ids.get(idOf(item));
    return by === undefined ? [] : [{ item, by }];
  });
}

function reasonOf({ key }: GrantedItem, by: GrantedItem, because: string): string {
  const shared = by.key === key ? "name" : "identifier";
  return `${by.key}, which has its ${shared}, stays${because === "" ? "" : `: ${because}`}`;
}

function retainedLast(one: GrantedItem, other: GrantedItem): number {
  return Number(one.retained !== undefined) - Number(other.retained !== undefined);
}
