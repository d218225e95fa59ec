import { type GrantedItem, isAndroid, type Left } from "./granted.ts";
import { hasIdOf, replacedBy } from "./replaced-by.ts";
import { connectsFor, isLink, loses, trustsFor } from "./risk.ts";

/** What something takes the place of: an item itself, or what that had in its place. */
interface Place {
  readonly item: GrantedItem;
  readonly left: readonly Left[];
  readonly isOwn: boolean;
}

/**
 * A device has another network, or another copy of certificates, before it loses one: what is granted beside what goes,
 * or is emptied, takes its place as if that had been renamed, for as long as it is granted itself. What takes its own
 * place has theirs as well: a device that never got it may still have nothing else. Google is given a policy as a whole.
 */
export function inPlaceOf(
  given: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
  going: readonly GrantedItem[],
  /** Items whose change or removal may cut a device off. */
  isolating: ReadonlySet<string> = new Set(),
  /** What comes back, and does not yet: what comes until then is not known to work. */
  withheld: readonly GrantedItem[] = [],
): readonly GrantedItem[] {
  const replaced = replacedBy(given, earlier);
  const become = new Map(given.map((one) => [replaced(one), one]));
  const changed = earlier.filter((item) => isLink(item) && become.has(item));
  const known = (left: Left): Left =>
    withheld.some((one) => hasIdOf(one, left)) ? { ...left, last: true } : left;
  const inherited = earlier.map(
    (item): Place => ({ item, left: (item.inPlaceOf ?? []).map(known), isOwn: false }),
  );
  const own = [...going, ...changed].map((item): Place => {
    const isLast = isolating.has(become.get(item)?.key ?? item.key);
    return { item, left: isAndroid(item.kind) ? [] : [leftOf(item, isLast)], isOwn: true };
  });
  const places = [...inherited, ...own]
    .map((place) => ({ ...place, left: place.left.filter((one) => !isBack(one, given)) }))
    .filter(({ left }) => left.length > 0);
  const taken = places.map((place) => ({ ...place, by: successorsOf(place, given, become.get(place.item)) }));
  return given.map((item) => {
    const { inPlaceOf: _before, ...plain } = item;
    const left = taken.flatMap(({ left, by }) => (by.includes(item) ? left : []));
    return left.length === 0
      ? plain
      : { ...plain, inPlaceOf: distinct(left.map((one) => withSince(one, given))) };
  });
}

/** What an item has become, unless its network or its trust is gone from it; then what there is for these, too. */
function successorsOf(
  { item, isOwn }: Place,
  given: readonly GrantedItem[],
  same: GrantedItem | undefined,
): readonly (GrantedItem | undefined)[] {
  const { network: over, trust: root } = item.effects ?? {};
  const isCut = over !== undefined && loses({ ...item, effects: { network: over } }, same, []);
  const isUntrusted = root !== undefined && loses({ ...item, effects: { trust: root } }, same, []);
  const others = besides(given);
  // A device takes one network of a SIM at a time, so that none can come before another goes.
  const isSim = (one: GrantedItem): boolean => one.effects?.network?.over === "cellular";
  const network = isCut
    ? others.find((one) => connectsFor(one, item) && !(isOwn && isSim(item) && isSim(one)))
    : undefined;
  const trust = isUntrusted ? others.find((one) => trustsFor(one, item)) : undefined;
  // What was emptied has nothing to be waited for; what goes on as half of it, under another identifier, has.
  if (same === undefined || !isLink(same) || (isOwn && hasIdOf(same, item))) return [network, trust];
  return [same, network, trust];
}

/** New ones, and what stays, before those that only a guard keeps. What ends by itself comes for nothing. */
function besides(given: readonly GrantedItem[]): readonly GrantedItem[] {
  const others = given.filter((one) => one.lasts === undefined);
  return [...others.filter((one) => one.retained === undefined), ...others];
}

function leftOf({ key, kind, id, effects = {}, last }: GrantedItem, isLast: boolean): Left {
  const { network, trust } = effects;
  const links = { ...(network === undefined ? {} : { network }), ...(trust === undefined ? {} : { trust }) };
  return { key, kind, id, effects: links, ...(isLast || last === true ? { last: true } : {}) };
}

/** True when what has its identifier now is all that it was. */
function isBack(left: Left, given: readonly GrantedItem[]): boolean {
  return given.some((one) => hasIdOf(one, left) && !loses(left, one, []));
}

/** Versions are remembered as long as devices may reasonably have them. */
const mostVersions = 16;

function withSince(left: Left, given: readonly GrantedItem[]): Left {
  const digests = given.flatMap((one) => (hasIdOf(one, left) ? formsOf(one) : []));
  const since = [...new Set([...(left.since ?? []), ...digests])].slice(-mostVersions);
  return since.length === 0 ? left : { ...left, since };
}

/** Devices that do not take its declarations have it as a profile. */
function formsOf({ digest, orProfile }: GrantedItem): readonly string[] {
  return orProfile === undefined ? [digest] : [digest, orProfile.digest];
}

function distinct(left: readonly Left[]): readonly Left[] {
  const byName = new Map(left.map((one) => [[one.key, one.id, linksOf(one)].join(" "), one]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

function linksOf({ effects }: Left): string {
  return `${effects?.network?.digest} ${effects?.trust}`;
}
