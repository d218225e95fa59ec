import { isWhole, type KeyedList, keyedList } from "./keyed-lists.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** One value of a policy that one item decides. */
export interface Leaf {
  /** Where it belongs, the same in every fragment: `passwordPolicies["SCOPE_DEVICE"].passwordQuality`. */
  readonly path: string;
  readonly steps: readonly Step[];
  readonly value: unknown;
  /** Where it stands in the fragment that it was read from, with numbers for places in lists. */
  readonly at: readonly (string | number)[];
}

/** The name of a field, or the key of an element of a keyed list. */
export type Step = string | EntryStep;

export interface EntryStep {
  /** What tells it apart; with the meaning of its list, where that has several. */
  readonly key: string;
  /** What stands in its field. */
  readonly value: string;
  readonly list: KeyedList;
  /** What its list meant where it was written. */
  readonly under?: string;
}

/** Takes a policy, or a part of one, apart into the values that are decided one by one. Total. */
export function leavesOf(policy: Fields): readonly Leaf[] {
  const found: Leaf[] = [];
  addFields(found, policy, { shape: "", steps: [], at: [] });
  return found;
}

/** The text by which leaves of different fragments are known to be the same. */
export function leafPath(steps: readonly Step[]): string {
  return steps.reduce(stepText, "");
}

/** The paths of all that a leaf is in, the outermost first. */
export function pathsAbove({ steps }: Leaf): readonly string[] {
  let path = "";
  return steps.slice(0, -1).map((step) => {
    path = stepText(path, step);
    return path;
  });
}

function stepText(text: string, step: Step): string {
  if (typeof step !== "string") return `${text}[${JSON.stringify(step.key)}]`;
  return text === "" ? step : `${text}.${step}`;
}

interface Place {
  readonly shape: string;
  readonly steps: readonly Step[];
  readonly at: Leaf["at"];
}

function addFields(found: Leaf[], fields: Fields, place: Place): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const shape = place.shape === "" ? name : `${place.shape}.${name}`;
    add(found, value, { shape, steps: [...place.steps, name], at: [...place.at, name] }, fields);
  }
}

function add(found: Leaf[], value: unknown, place: Place, beside: Fields): void {
  const list = keyedList(place.shape);
  const entries = Array.isArray(value) && list !== undefined ? keyed(value, list, beside) : undefined;
  if (entries !== undefined && list !== undefined) addEntries(found, entries, list, place);
  else if (isFields(value) && !isWhole(place.shape) && Object.keys(value).length > 0)
    addFields(found, value, place);
  else found.push({ path: leafPath(place.steps), steps: place.steps, value, at: place.at });
}

function addEntries(
  found: Leaf[],
  entries: readonly (readonly [EntryStep, Fields])[],
  list: KeyedList,
  place: Place,
): void {
  for (const [index, [step, entry]] of entries.entries()) {
    const steps = [...place.steps, step];
    const at = [...place.at, index];
    const { [list.field]: _key, ...rest } = entry;
    if (list.whole === true || Object.keys(rest).length === 0)
      found.push({ path: leafPath(steps), steps, value: rest, at });
    else addFields(found, rest, { shape: `${place.shape}[]`, steps, at });
  }
}

/** The elements by their keys; undefined where one has none, or two have the same: then the list is one value. */
function keyed(
  elements: readonly unknown[],
  list: KeyedList,
  beside: Fields,
): readonly (readonly [EntryStep, Fields])[] | undefined {
  const found = new Map<string, readonly [EntryStep, Fields]>();
  const under = list.under === undefined ? undefined : String(beside[list.under]);
  for (const entry of elements) {
    const value = isFields(entry) ? (entry[list.field] ?? list.byDefault) : undefined;
    if (typeof value !== "string" || !isFields(entry)) return undefined;
    const key = under === undefined ? value : `${under} ${value}`;
    if (found.has(key)) return undefined;
    found.set(key, [{ key, value, list, ...(under === undefined ? {} : { under }) }, entry]);
  }
  return found.size === 0 ? undefined : [...found.values()];
}

/** True for an object that is no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
