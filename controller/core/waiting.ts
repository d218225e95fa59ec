import type { Desired } from "./desired.ts";
import type { Granted, GrantedItem, Waiting } from "./granted.ts";
import { changesBy, unchanged } from "./isolation.ts";
import { replacedBy } from "./replaced-by.ts";
import { type Risk, type RiskTraits, riskNames, risksOf } from "./risk.ts";
import type { CompiledWindow } from "./window.ts";
import type { WindowGates } from "./window-gates.ts";

/** What guards say of a device, as far as windows are concerned. */
interface Holding {
  readonly windows?: WindowGates;
  readonly traits?: RiskTraits;
  readonly settingUp?: boolean;
}

/** A change that waits, as a plan shows it. */
export interface WaitingChange extends Waiting {
  /** What it becomes, and what it is until then; one of the two is missing of what comes or goes. */
  readonly to?: GrantedItem;
  readonly from?: GrantedItem;
}

/** What is admitted in the windows of policies. */
export interface Windowed {
  readonly items: readonly GrantedItem[];
  readonly waiting: readonly WaitingChange[];
  /** Changes that were admitted and may be sent in windows only. */
  readonly sentWithin: Readonly<Record<string, SentWithin>>;
}

/** The windows within which a change that was admitted is sent. */
export interface SentWithin {
  readonly windows: readonly CompiledWindow[];
  readonly risks: readonly Risk[];
  /** Only what its store has newer waits: the app itself is not a change. */
  readonly updatesOnly?: true;
}

/**
 * Puts in the place of each change that waits what was granted before, or nothing where nothing was. A change is another
 * content, identifier or kind; what is the same is no change, so that what goes missing comes back at any time. Nothing
 * waits when a device is set up for the first time in its epoch.
 */
export function holdChanges(
  items: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
  previous: Granted | undefined,
  { windows, traits = {} }: Holding,
): Windowed {
  if (windows === undefined) return { items, waiting: [], sentWithin: {} };
  const isFirst = isFirstTime(previous);
  const replaced = replacedBy(items, earlier);
  const same = unchanged(earlier, items);
  const waiting: WaitingChange[] = [];
  const sentWithin: Record<string, SentWithin> = {};
  const settle = (item: GrantedItem, old: GrantedItem | undefined): GrantedItem | undefined => {
    const changes = changesBy(item, old, earlier);
    const found = changes.flatMap((change) => risksOf(change, traits, same));
    const waitsFor = windows.waitsFor(item.policy, found);
    // What comes in turn is gone as soon as its device comes: it does not stay away until the next window.
    const inTurn = changes.some((change) => change.inTurn);
    const within = inTurn ? undefined : withinOf(item.policy, riskNames(found), windows);
    if (waitsFor === undefined) return note(item, within);
    waiting.push({
      key: item.key,
      reason: `waits for ${waitsFor}`,
      to: item,
      ...(old === undefined ? {} : { from: old }),
    });
    // Whatever comes before its window opens is not known to work by then.
    const last = found.some(({ risk }) => risk === "isolating") ? { last: true as const } : {};
    return old === undefined ? undefined : { ...old, ...last };
  };
  const note = (item: GrantedItem, within: SentWithin | undefined): GrantedItem => {
    if (within !== undefined) sentWithin[item.key] = within;
    return item;
  };
  const given = items.flatMap((item) => {
    const old = replaced(item);
    if (!isFirst && (old === undefined || !isAlike(old, item))) return settle(item, old) ?? [];
    // Also under its earlier name.
    const admitted = previous?.sentWithin?.[item.key] ?? previous?.sentWithin?.[old?.key ?? item.key];
    const known = isFirst ? undefined : admitted;
    return note(item, keptWithin(item, known, windows) ?? updatesWithin(item, windows));
  });
  return { items: given, waiting, sentWithin };
}

interface Around {
  readonly earlier: readonly GrantedItem[];
  readonly items: readonly GrantedItem[];
  readonly previous: Granted | undefined;
  readonly desired: Desired;
}

/** Why items that leave stay until a window of the policy that asked for them opens; the others go in windows only. */
export function holdRemovals(
  leaving: readonly GrantedItem[],
  { earlier, items, previous, desired }: Around,
  { windows, traits = {} }: Holding,
): { readonly reasons: ReadonlyMap<string, string>; readonly sentWithin: Windowed["sentWithin"] } {
  const reasons = new Map<string, string>();
  if (windows === undefined) return { reasons, sentWithin: {} };
  const sentWithin: Record<string, SentWithin> = { ...leftWithin(previous, desired) };
  const same = unchanged(earlier, items);
  for (const item of isFirstTime(previous) ? [] : leaving) {
    const found = risksOf({ before: item, after: undefined }, traits, same);
    const waitsFor = windows.waitsFor(item.policy, found);
    const within = withinOf(item.policy, riskNames(found), windows);
    if (waitsFor !== undefined) reasons.set(item.key, `waits for ${waitsFor}`);
    else if (within !== undefined) sentWithin[item.key] = within;
  }
  return { reasons, sentWithin };
}

/** What of all this is remembered with what is granted. */
export function windowsIn(
  late: readonly WaitingChange[],
  sentWithin: Windowed["sentWithin"],
  { windows, settingUp }: Holding,
): Pick<Granted, "waiting" | "sentWithin" | "settingUp"> {
  const byName = [...Map.groupBy(late, ({ key }) => key)].sort(([a], [b]) => (a < b ? -1 : 1));
  const waiting = byName.flatMap(([key, all]) =>
    [...new Set(all.map(({ reason }) => reason))].map((reason) => ({ key, reason })),
  );
  return {
    ...(waiting.length === 0 ? {} : { waiting }),
    ...(Object.keys(sentWithin).length === 0 ? {} : { sentWithin }),
    ...(windows === undefined || settingUp !== true ? {} : { settingUp: true as const }),
  };
}

/** True when a device is set up for the first time in this epoch, or was looked at before it had said what it is like. */
function isFirstTime(previous: Granted | undefined): boolean {
  if (previous === undefined || previous.settingUp === true) return true;
  return previous.items.length === 0 && previous.sends !== "all";
}

/** Names of items that left long ago are not kept for ever. */
const mostLeft = 64;

/** What left in a window is on its way from some devices yet. */
function leftWithin(previous: Granted | undefined, desired: Desired): Windowed["sentWithin"] {
  const wanted = new Set(desired.items.map(({ key }) => key));
  const gone = Object.entries(previous?.sentWithin ?? {}).filter(([key]) => !wanted.has(key));
  return Object.fromEntries(gone.slice(-mostLeft));
}

function isAlike(old: GrantedItem, item: GrantedItem): boolean {
  const fields = ["digest", "id", "kind", "priority", "wish"] as const;
  return fields.every((field) => old[field] === item[field]);
}

/** An item that was admitted in a window is on its way to some devices yet. */
function keptWithin(
  item: GrantedItem,
  known: SentWithin | undefined,
  windows: WindowGates,
): SentWithin | undefined {
  if (known === undefined || known.updatesOnly === true) return undefined;
  return withinOf(item.policy, known.risks, windows);
}

/** What a store has newer closes an app that runs. */
function updatesWithin(item: GrantedItem, windows: WindowGates): SentWithin | undefined {
  const within = item.updates === true ? withinOf(item.policy, ["disruptive"], windows) : undefined;
  return within === undefined ? undefined : { ...within, updatesOnly: true };
}

function withinOf(policy: string, risks: readonly Risk[], gates: WindowGates): SentWithin | undefined {
  const windows = gates.windowsOf(policy, risks);
  return windows === undefined ? undefined : { windows, risks: [...risks] };
}
