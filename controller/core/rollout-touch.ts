import { digestOf } from "./canonical.ts";
import type { Desired, DesiredItem } from "./desired.ts";
import type { DesiredStates } from "./desired-states.ts";
import type { Granted } from "./granted.ts";
import { contentOf } from "./kept.ts";
import type { AdmissionGroup } from "./ports.ts";
import type { RolloutVersions } from "./rollout.ts";

/** What the newest version of a policy changes for devices that are alike, against the older ones. */
export interface Touch {
  /** Items that they get, or get otherwise. */
  readonly given: readonly DesiredItem[];
  /** Items that they lose. */
  readonly dropped: readonly string[];
}

/** What a rollout changes for devices of a group; undefined where it changes nothing: they are no part of its waves. */
export function touchOf(
  states: Pick<DesiredStates, "compiled" | "of">,
  rollout: RolloutVersions,
  group: AdmissionGroup,
  now: number,
): Touch | undefined {
  const [newest, ...older] = rollout.layers.map((_, index) => seenAt(states, rollout, group, index, now));
  if (newest === undefined) return undefined;
  if (older.every((one) => saysOf(one) === saysOf(newest))) return undefined;
  const before = older.map((one) => new Map(one.items.map((item) => [item.key, item])));
  const given = newest.items.filter((item) => before.some((items) => !isSame(items.get(item.key), item)));
  const wanted = new Set(newest.items.map((item) => item.key));
  const dropped = new Set(before.flatMap((items) => [...items.keys()].filter((key) => !wanted.has(key))));
  return { given, dropped: [...dropped] };
}

/** What these devices should be like if they saw one layer of a rollout. */
function seenAt(
  states: Pick<DesiredStates, "compiled" | "of">,
  { policy }: RolloutVersions,
  group: AdmissionGroup,
  index: number,
  now: number,
): Desired {
  const at = (states.compiled.rollouts ?? []).findIndex((one) => one.policy === policy);
  const waves = group.waves?.split(".") ?? [];
  waves[at] = String(index);
  return states.of({ ...group, waves: waves.join(".") }, now);
}

const said = new WeakMap<Desired, string>();

/** All that devices would be given, without where it is written. */
function saysOf(desired: Desired): string {
  const known = said.get(desired);
  if (known !== undefined) return known;
  const { items, inventory, watched, conflicts, unsupported } = desired;
  const bare = items.map(({ origin: _origin, ...item }) => item);
  const text = digestOf([bare, inventory, watched, conflicts, unsupported]);
  said.set(desired, text);
  return text;
}

function isSame(before: DesiredItem | undefined, item: DesiredItem): boolean {
  if (before === undefined) return false;
  const { origin: _before, ...old } = before;
  const { origin: _now, ...fresh } = item;
  return digestOf(old) === digestOf(fresh);
}

/** True when devices with this granted state were given what a rollout changes. */
export function hasBeenGiven(granted: Granted | undefined, { given, dropped }: Touch): boolean {
  if (granted?.sends !== "all") return false;
  const items = new Map(granted.items.map((item) => [item.key, item]));
  const has = given.every((item) => {
    const got = items.get(item.key);
    return got !== undefined && contentOf(got) === contentOf(item);
  });
  return has && dropped.every((key) => !items.has(key));
}
