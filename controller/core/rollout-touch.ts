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
  /** Items that policies of equal priority disagree about from now on: nobody gets them, whoever has one keeps it. */
  readonly disputed: readonly string[];
}

/**
 * What a rollout changes for devices of a group. Undefined where it changes nothing: they are no part of its waves. Nor
 * are devices that merely cannot have what is new: nothing comes, so they are no evidence of what it does.
 */
export function touchOf(
  states: Pick<DesiredStates, "compiled" | "of">,
  rollout: RolloutVersions,
  group: AdmissionGroup,
  now: number,
): Touch | undefined {
  const [newest, ...older] = rollout.layers.map((_, index) => seenAt(states, rollout, group, index, now));
  if (newest === undefined) return undefined;
  const isAlike = (part: (desired: Desired) => string) => older.every((one) => part(one) === part(newest));
  // Whoever lacks something is asked more, too: by itself what they are asked is a change of the policy.
  if (isAlike(contentsOf))
    return isAlike(askedOf) || !isAlike(lackingOf) ? undefined : { given: [], dropped: [], disputed: [] };
  const before = older.map((one) => new Map(one.items.map((item) => [item.key, item])));
  const given = newest.items.filter((item) => before.some((items) => !isSame(items.get(item.key), item)));
  const stays = newest.unsupported.filter((one) => one.stays === true);
  const wanted = new Set([...newest.items, ...newest.conflicts, ...stays].map(({ key }) => key));
  const dropped = new Set(before.flatMap((items) => [...items.keys()].filter((key) => !wanted.has(key))));
  const isNew = (key: string) => older.some((one) => one.conflicts.every((conflict) => conflict.key !== key));
  const disputed = newest.conflicts.map(({ key }) => key).filter(isNew);
  const stay = disputed.length === 0 ? new Set() : disputedAtLast(states, group, now);
  const touch = { given, dropped: [...dropped], disputed: disputed.filter((key) => stay.has(key)) };
  const isEmpty = Object.values(touch).every((keys) => keys.length === 0) && isAlike(watchedOf);
  return isEmpty ? undefined : touch;
}

/** What is in conflict when all rollouts are over, and not only until the other policy's wave comes. */
function disputedAtLast(
  states: Pick<DesiredStates, "compiled" | "of">,
  group: AdmissionGroup,
  now: number,
): ReadonlySet<string> {
  const waves = (states.compiled.rollouts ?? []).map(() => "0").join(".");
  return new Set(states.of({ ...group, waves }, now).conflicts.map(({ key }) => key));
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

/** Without where it is written. */
const contentsOf = remembered(({ items, watched, conflicts }) => {
  const bare = items.map(({ origin: _origin, ...item }) => item);
  return [bare, watched, conflicts];
});

const watchedOf = remembered(({ watched }) => watched);

const askedOf = remembered(({ inventory }) => inventory);

const lackingOf = remembered(({ unsupported }) => unsupported);

/** A digest of a part of what devices should be like, worked out once for each. */
function remembered(part: (desired: Desired) => unknown): (desired: Desired) => string {
  const known = new WeakMap<Desired, string>();
  return (desired) => {
    const digest = known.get(desired) ?? digestOf(part(desired));
    known.set(desired, digest);
    return digest;
  };
}

function isSame(before: DesiredItem | undefined, item: DesiredItem): boolean {
  if (before === undefined) return false;
  const { origin: _before, ...old } = before;
  const { origin: _now, ...fresh } = item;
  return digestOf(old) === digestOf(fresh);
}

/** True when devices with this granted state were given what a rollout changes. */
export function hasBeenGiven(granted: Granted | undefined, { given, dropped, disputed }: Touch): boolean {
  if (granted?.sends !== "all") return false;
  const items = new Map(granted.items.map((item) => [item.key, item]));
  const has = given.every((item) => {
    const got = items.get(item.key);
    return got !== undefined && contentOf(got) === contentOf(item);
  });
  const isLeft = disputed.every((key) => granted.conflicts.includes(key));
  return has && isLeft && dropped.every((key) => !items.has(key));
}
