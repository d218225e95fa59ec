import type { Admission, Gates } from "./admission.ts";
import type { AdmissionGroup, CountedBudget } from "./ports.ts";

/** Devices for which budgets have room; less than none when they have counted more than they allow by now. */
export type Room = Readonly<Record<CountedBudget, number>>;

/** What a part of a set is given. */
export interface Part {
  readonly group: AdmissionGroup;
  readonly admission: Admission;
  /** So many devices of it may be counted that were not; all of them when absent. */
  readonly fresh?: number;
}

type Budgets = Pick<Gates, "removalBudget" | "isolatingBudget">;

const budgetNames = ["removals", "isolating"] as const;

/** The devices of a set; its channels where nothing else is known. */
export function devicesOf({ devices, count }: AdmissionGroup): number {
  return Math.min(devices ?? count, count);
}

/**
 * How many devices of a set a budget would have to count. One that it has counted within its window costs nothing
 * more: what a device says again and again of itself, and of users that it makes up, takes no room from others.
 */
export function newTo(budget: CountedBudget, group: AdmissionGroup): number {
  return Math.max(0, devicesOf(group) - (group.counted?.[budget] ?? 0));
}

/** The budgets that count what is admitted. */
export function countedIn({ removals, isolating }: Admission): readonly CountedBudget[] {
  return budgetNames.filter((one) => (one === "removals" ? removals.length > 0 : isolating !== undefined));
}

/** Devices alike are given what the budgets still admit; the rest keep what they have. */
export function split(
  group: AdmissionGroup,
  admitIn: (budgets: Budgets) => Admission,
  room: Room,
  budgets: Budgets = { removalBudget: true, isolatingBudget: true },
): readonly Part[] {
  const admission = admitIn(budgets);
  // A budget that was lowered lets nobody through, whomever it has counted.
  const before = (one: CountedBudget) => (room[one] < 0 ? 0 : (group.counted?.[one] ?? 0));
  const counting = countedIn(admission).filter((one) => devicesOf(group) > before(one));
  const short = counting.filter((one) => devicesOf(group) - before(one) > room[one]);
  const [shut] = short.toSorted((a, b) => room[a] - room[b]);
  if (shut === undefined) return [{ group, admission }];
  const fresh = Math.max(0, Math.min(...counting.map((one) => room[one])));
  const known = Math.min(...counting.map(before));
  const size = fresh + known;
  const knownTo = (one: CountedBudget) => (counting.includes(one) ? known : size);
  const head = size === 0 ? [] : [{ group: within(group, size, knownTo), admission, fresh }];
  const rest = without(group, size, knownTo);
  const closed = shut === "removals" ? { removalBudget: false } : { isolatingBudget: false };
  return [...head, ...split(rest, admitIn, head.reduce(less, room), { ...budgets, ...closed })];
}

/** What is left when a part has been counted. */
export function less(room: Room, { group, admission }: Part): Room {
  const counting = countedIn(admission);
  const after = (one: CountedBudget) => room[one] - (counting.includes(one) ? newTo(one, group) : 0);
  return { removals: after("removals"), isolating: after("isolating") };
}

type Known = (budget: CountedBudget) => number;

/** So many devices of a set. Each has one channel at least. */
function within(group: AdmissionGroup, size: number, known: Known): AdmissionGroup {
  return { ...group, count: size, devices: size, counted: both(known) };
}

function without(group: AdmissionGroup, size: number, known: Known): AdmissionGroup {
  const left = (one: CountedBudget) => Math.max(0, (group.counted?.[one] ?? 0) - known(one));
  return { ...group, count: group.count - size, devices: devicesOf(group) - size, counted: both(left) };
}

function both(known: Known): Readonly<Record<CountedBudget, number>> {
  return { removals: known("removals"), isolating: known("isolating") };
}
