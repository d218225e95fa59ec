import type { GrantedItem } from "./granted.ts";

/** How a change may hurt; the words of `Policy.maintenanceWindows.gates`. What destroys is never a change of an item. */
export type Risk = "safe" | "disruptive" | "isolating" | "armed";

/** What of an item decides what is lost with it: also of one that is granted no more, and which devices may still have. */
export type Before = Pick<
  GrantedItem,
  "key" | "kind" | "id" | "effects" | "last" | "lasts" | "base" | "wish" | "inPlaceOf"
>;

/** One item of one device before and after; one of the two is missing of what comes or goes. */
export interface ItemChange {
  readonly before: Before | undefined;
  readonly after: GrantedItem | undefined;
  /** Items whose networks it overrules (`overruledBy`). */
  readonly overrules?: readonly GrantedItem[];
  /** What comes, comes when what goes is gone: nothing else that was granted is known to be there by then. */
  readonly inTurn?: boolean;
}

/** What of a device decides how a change of it may hurt. */
export interface RiskTraits {
  /** False or unknown: it asks its user about each app. */
  readonly supervised?: boolean;
  readonly platform?: string;
  /** It has said that it holds a SIM; what nobody knows counts as none. */
  readonly cellular?: boolean;
}

/** A risk, and why the change has it as the end of a sentence. */
export interface FoundRisk {
  readonly risk: Exclude<Risk, "safe">;
  readonly because: string;
}

/**
 * How one change may hurt one device; empty when nobody notices. `staying` is what it keeps unchanged beside the item:
 * another network or another copy of a certificate saves a device from being cut off, unless it came only when the item
 * was kept already. What nobody knows counts as the worse.
 */
export function risksOf(
  change: ItemChange,
  device: RiskTraits,
  staying: readonly GrantedItem[],
): readonly FoundRisk[] {
  const disrupts = disruptionOf(change, device);
  const isolates = isolationOf(change, device, staying);
  return [
    ...(disrupts === undefined ? [] : [{ risk: "disruptive" as const, because: disrupts }]),
    ...(isolates === undefined ? [] : [{ risk: "isolating" as const, because: isolates }]),
    ...(change.after?.effects?.arms === true
      ? [{ risk: "armed" as const, because: "the device may erase itself by it" }]
      : []),
  ];
}

/** What of some items can save a device from being cut off by a change: none that it concerns, nor one that ends by itself. */
export function beside({ before, after }: ItemChange, items: readonly GrantedItem[]): readonly GrantedItem[] {
  return items.filter(({ key, lasts }) => key !== before?.key && key !== after?.key && lasts === undefined);
}

/**
 * Android has one network of each GUID, that of the item with the highest priority: what comes with the GUID of another
 * item's network may take its place, although that item stays as it is.
 */
export function overruledBy(
  { before, after }: ItemChange,
  earlier: readonly GrantedItem[],
): readonly GrantedItem[] {
  const link = after?.effects?.network;
  if (link?.guids === undefined || link.digest === before?.effects?.network?.digest) return [];
  const guids = new Set(link.guids);
  return earlier.filter(
    (one) => one.key !== before?.key && one.effects?.network?.guids?.some((guid) => guids.has(guid)),
  );
}

interface Ends {
  readonly before: Pick<Before, "lasts"> | undefined;
  readonly after: GrantedItem | undefined;
}

/** True of a change by which an item ends by itself one day, which it did not. */
function endsByItself({ before, after }: Ends): boolean {
  return before?.lasts === undefined && after?.lasts !== undefined;
}

/**
 * True when a change leaves no network, or no trusted certificate, where one was, and none comes for it. What nobody can
 * read stands for none that could be read, and what ends by itself for none that stays.
 */
export function loses(
  before: Pick<Before, "effects" | "lasts">,
  after: GrantedItem | undefined,
  coming: readonly GrantedItem[],
): boolean {
  const isUnread = (item: Pick<Before, "effects"> | undefined) => item?.effects?.network?.maybe === true;
  const isLess = (isUnread(after) && !isUnread(before)) || endsByItself({ before, after });
  const left = isLess ? undefined : after?.effects;
  const isCut = before.effects?.network !== undefined && left?.network === undefined;
  const isUntrusted = before.effects?.trust !== undefined && left?.trust === undefined;
  return (
    (isCut && !coming.some((one) => connectsFor(one, before))) ||
    (isUntrusted && !coming.some((one) => trustsFor(one, before)))
  );
}

/** True of a network, and of what others are trusted by. */
export function isLink({ effects }: Pick<Before, "effects">): boolean {
  return effects?.network !== undefined || effects?.trust !== undefined;
}

/** True of a network that may come for another. */
export function connectsFor(one: GrantedItem, { effects }: Pick<Before, "effects">): boolean {
  return effects?.network !== undefined && connects(one);
}

/** True of another copy of the same certificates. */
export function trustsFor(one: GrantedItem, { effects }: Pick<Before, "effects">): boolean {
  return effects?.trust !== undefined && one.effects?.trust === effects.trust;
}

/** True of what is a way into the network for sure. */
export function connects({ effects }: GrantedItem): boolean {
  return effects?.network !== undefined && effects.network.maybe !== true;
}

/** The same in the words of the gates: `safe` when there is nothing else. */
export function riskNames(found: readonly FoundRisk[]): readonly Risk[] {
  return found.length === 0 ? ["safe"] : [...new Set(found.map(({ risk }) => risk))];
}

function disruptionOf({ before, after }: ItemChange, device: RiskTraits): string | undefined {
  const kind = (after ?? before)?.kind;
  if (kind === "App") return appleApp(before, after, device);
  if (kind === "AndroidApp") return androidApp(before, after);
  return after?.effects?.disrupts ?? before?.effects?.disrupts;
}

/**
 * An unsupervised device asks its user before it installs (Apple: InstallApplication); Macs do not. Settings of an app
 * change in place.
 */
function appleApp(
  before: Before | undefined,
  after: GrantedItem | undefined,
  { supervised, platform }: RiskTraits,
): string | undefined {
  if (after === undefined) return "an app that runs is closed and goes";
  if (before?.kind === "App" && before.id === after.id)
    return before.base === after.base ? undefined : "an app that runs is closed";
  if (before?.kind === "App") return "an app that runs is closed and goes";
  return supervised === true || platform === "macos" ? undefined : "its user is asked about an app";
}

/** Only the app that the device shows alone, and one that goes, is noticed. */
function androidApp(before: Before | undefined, after: GrantedItem | undefined): string | undefined {
  if (before?.wish === "kiosk" || after?.wish === "kiosk") return "what the device shows changes";
  const goes = after === undefined ? before?.wish !== "blocked" : after.wish === "blocked";
  return goes ? "an app that runs is closed and goes" : undefined;
}

function isolationOf(
  { before, after, overrules = [], inTurn = false }: ItemChange,
  { cellular }: RiskTraits,
  staying: readonly GrantedItem[],
): string | undefined {
  const link = before?.effects?.network;
  const others = before?.last === true || inTurn ? [] : beside({ before, after }, staying);
  const ends = endsByItself({ before, after });
  const isCut = link !== undefined && (ends || after?.effects?.network?.digest !== link.digest);
  const isSaved = cellular === true && link?.over === "local";
  const isLeft = others.some((one) => connects(one) && !overrules.includes(one));
  if (overrules.length > 0 && (!isLeft || overrules.some(({ last }) => last === true)))
    return "it may overrule the last network of the device";
  if (isCut && !isSaved && !isLeft) return "it may be the last network of the device";
  const trust = before?.effects?.trust;
  const isUntrusted = trust !== undefined && (ends || after?.effects?.trust !== trust);
  if (isUntrusted && others.every(({ effects }) => effects?.trust !== trust))
    return "the device may trust the server by it";
  return undefined;
}
