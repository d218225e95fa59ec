import { type GrantedItem, isAndroid } from "./granted.ts";
import { replacedBy } from "./replaced-by.ts";
import { beside, connectsFor, loses, trustsFor } from "./risk.ts";

/** Keys that something takes the place of: those of an item itself, or those that it had in its place. */
interface Place {
  readonly item: GrantedItem;
  readonly names: readonly string[];
  readonly isOwn: boolean;
}

/**
 * A device has another network, or another copy of certificates, before it loses one: what is granted beside what goes
 * takes its place as if that had been renamed, for as long as it is granted itself. What takes its own place has theirs
 * as well: a device that never got it may still have nothing else. Google is given a policy as a whole.
 */
export function inPlaceOf(
  given: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
  going: readonly GrantedItem[],
): readonly GrantedItem[] {
  const places: readonly Place[] = [
    ...earlier.flatMap((item) =>
      item.inPlaceOf === undefined ? [] : [{ item, names: item.inPlaceOf, isOwn: false }],
    ),
    ...going.filter(({ kind }) => !isAndroid(kind)).map((item) => ({ item, names: [item.key], isOwn: true })),
  ];
  if (places.length === 0) return given;
  const keys = new Set(given.map(({ key }) => key));
  const replaced = replacedBy(given, earlier);
  const become = new Map(given.map((one) => [replaced(one), one]));
  const taken = places.map((place) => ({ ...place, by: successorsOf(place, given, become.get(place.item)) }));
  return given.map((item) => {
    const { inPlaceOf: _before, ...plain } = item;
    const names = taken.flatMap(({ names, by }) => (by.includes(item) ? names : []));
    const gone = names.filter((key) => !keys.has(key));
    return gone.length === 0 ? plain : { ...plain, inPlaceOf: [...new Set(gone)].sort() };
  });
}

/** What an item has become, unless its network or its trust is gone from it; then what there is for these, too. */
function successorsOf(
  { item, isOwn }: Place,
  given: readonly GrantedItem[],
  same: GrantedItem | undefined,
): readonly (GrantedItem | undefined)[] {
  if (!loses(item, same, [])) return [same];
  const others = besides(item, given);
  // A device takes one network of a SIM at a time, so that none can come before another goes.
  const isSim = (one: GrantedItem): boolean => one.effects?.network?.over === "cellular";
  const network = others.find((one) => connectsFor(one, item) && !(isOwn && isSim(item) && isSim(one)));
  const trust = others.find((one) => trustsFor(one, item));
  return [same, network, trust];
}

/** New ones, and what stays, before those that only a guard keeps. */
function besides(item: GrantedItem, given: readonly GrantedItem[]): readonly GrantedItem[] {
  const others = beside({ before: item, after: undefined }, given);
  return [...others.filter((one) => one.retained === undefined), ...others];
}
