import type { GrantedItem } from "./granted.ts";
import { replacedBy } from "./replaced-by.ts";
import { beside, connects } from "./risk.ts";

/**
 * A device has what comes for a network or for certificates before it loses these: it takes their place as if they had
 * been renamed, for as long as it is granted itself. What takes its own place has theirs as well: a device that never
 * got it may still have nothing else.
 */
export function inPlaceOf(
  given: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
  going: readonly GrantedItem[],
): readonly GrantedItem[] {
  const places = [
    ...earlier.flatMap((item) => (item.inPlaceOf === undefined ? [] : [{ item, names: item.inPlaceOf }])),
    ...going.map((item) => ({ item, names: [item.key] })),
  ];
  if (places.length === 0) return given;
  const keys = new Set(given.map(({ key }) => key));
  const replaced = replacedBy(given, earlier);
  const taken = places.map(({ item, names }) => ({ names, by: successorsOf(item, given, replaced) }));
  return given.map((item) => {
    const { inPlaceOf: _before, ...plain } = item;
    const names = taken.flatMap(({ names, by }) => (by.includes(item) ? names : []));
    const gone = names.filter((key) => !keys.has(key));
    return gone.length === 0 ? plain : { ...plain, inPlaceOf: [...new Set(gone)].sort() };
  });
}

/** What an item has become, unless its network or its trust is gone from it; then what comes for these, too. */
function successorsOf(
  item: GrantedItem,
  given: readonly GrantedItem[],
  replaced: (one: GrantedItem) => GrantedItem | undefined,
): readonly (GrantedItem | undefined)[] {
  const same = given.find((one) => replaced(one) === item);
  if (!loses(item, same, [])) return [same];
  const others = comingFor(item, given);
  const network = others.find((one) => connectsFor(one, item));
  const trust = others.find((one) => trustsFor(one, item));
  return [same, network, trust];
}

/**
 * New ones before those that only a guard keeps. A device takes one network of a SIM at a time, so that none can come
 * before another goes.
 */
function comingFor(item: GrantedItem, given: readonly GrantedItem[]): readonly GrantedItem[] {
  const isSim = (one: GrantedItem): boolean => one.effects?.network?.over === "cellular";
  const others = beside({ before: item, after: undefined }, given).filter(
    (one) => !(isSim(item) && isSim(one)),
  );
  return [...others.filter((one) => one.retained === undefined), ...others];
}

/**
 * True when a change leaves no network, or no trusted certificate, where one was, and none comes for it. What nobody can
 * read stands for none that could be read.
 */
export function loses(
  before: GrantedItem,
  after: GrantedItem | undefined,
  coming: readonly GrantedItem[],
): boolean {
  const isUnread = (item: GrantedItem | undefined) => item?.effects?.network?.maybe === true;
  const left = isUnread(after) && !isUnread(before) ? undefined : after?.effects;
  const isCut = before.effects?.network !== undefined && left?.network === undefined;
  const isUntrusted = before.effects?.trust !== undefined && left?.trust === undefined;
  return (
    (isCut && !coming.some((one) => connectsFor(one, before))) ||
    (isUntrusted && !coming.some((one) => trustsFor(one, before)))
  );
}

function connectsFor(one: GrantedItem, { effects }: GrantedItem): boolean {
  return effects?.network !== undefined && connects(one);
}

function trustsFor(one: GrantedItem, { effects }: GrantedItem): boolean {
  return effects?.trust !== undefined && one.effects?.trust === effects.trust;
}
