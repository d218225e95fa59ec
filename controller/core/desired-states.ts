import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { type Desired, desiredAt, liftedBy } from "./desired.ts";
import { equal } from "./equal.ts";
import {
  isTargeted,
  type Membership,
  membershipOf,
  type Subject,
  undecidedIn,
  userGroupsOf,
  userOf,
} from "./membership.ts";
import { type Placement, placementOf } from "./placement.ts";
import type { AdmissionGroup } from "./ports.ts";

type Devices = Pick<AdmissionGroup, "facts" | "named" | "granted" | "kind" | "user" | "waves">;

/** The desired states of a fleet under one policy set: computed once per distinct state, kept for the next revision. */
export interface DesiredStates {
  readonly compiled: Compiled;
  /** Devices that are alike get the same object. */
  readonly of: (group: Devices, now: number) => Desired;
  readonly membershipOf: (group: Devices) => Membership;
  /** What has been placed so far, for the revision that follows. */
  readonly places: Places;
}

interface Places {
  /** Nearly all devices: facts decide, as no manifest names them and no group is undecided. */
  readonly plain: ReadonlyMap<string, Place>;
  readonly others: ReadonlyMap<string, Place>;
}

/** The place of all devices with the same facts, names and, where a group is undecided, previous membership. */
interface Place {
  readonly placement: Placement;
  readonly subject: Subject;
}

/** More distinct states than this are not remembered. */
const mostPlaces = 200_000;

/**
 * Desired states under `compiled`. What `before` knows of the revision before it is used for devices that no changed
 * policy contained or contains, so that a commit costs as much as it touches. The result is the same without it.
 */
export function desiredStates(compiled: Compiled, before?: DesiredStates): DesiredStates {
  const places = { plain: new Map<string, Place>(), others: new Map<string, Place>() };
  const alike = new Map<string, Placement>();
  const earlier = before === undefined ? undefined : earlierPlaces(before, compiled);

  function place(group: Devices): Place {
    const known = find(places, group);
    if (known !== undefined) return known;
    const old = earlier?.(group);
    const found = old?.holds === true ? old.place : fresh(group, old?.place.placement.membership);
    if (places.plain.size + places.others.size >= mostPlaces) forget();
    if (isPlain(found)) places.plain.set(plainKey(group), found);
    else places.others.set(keyOf(group), found);
    return found;
  }

  function fresh(group: Devices, known: Membership | undefined): Place {
    const { kind = "device", user, waves } = group;
    const subject = { facts: group.facts.body, named: group.named, channel: kind, user, waves };
    const membership = known ?? membershipOf(compiled, subject, group.granted?.body.groups);
    const placement = placementOf(compiled, subject, membership);
    const name = nameOf(placement);
    const same = alike.get(name) ?? placement;
    alike.set(name, same);
    return { placement: same, subject };
  }

  function forget(): void {
    places.plain.clear();
    places.others.clear();
  }

  return {
    compiled,
    places,
    membershipOf: (group) => place(group).placement.membership,
    of: (group, now) => {
      const { placement, subject } = place(group);
      const lifted =
        compiled.exemptions.length === 0 ? [] : liftedBy(compiled, subject, placement.membership, now);
      return desiredOnce(placement, lifted, compiled.driftCheckMs);
    },
  };
}

function isPlain({ subject, placement }: Place): boolean {
  if (subject.channel === "user") return false;
  return subject.named.length === 0 && placement.membership.unknown.length === 0;
}

function find({ plain, others }: Places, group: Devices): Place | undefined {
  const isPlainOne = group.named.length === 0 && group.kind !== "user";
  const known = isPlainOne ? plain.get(plainKey(group)) : undefined;
  return known ?? (others.size === 0 ? undefined : others.get(keyOf(group)));
}

/** While nothing is rolled out this makes no text anew. */
function plainKey({ facts, waves }: Devices): string {
  return waves === undefined ? facts.id : `${facts.id} ${waves}`;
}

function keyOf({ facts, named, granted, kind = "device", user = "", waves = "" }: Devices): string {
  const previous = granted?.body.groups;
  const before = previous === undefined ? "-" : previous.join();
  return `${kind}|${user}|${facts.id}|${named.join()}|${before}|${waves}`;
}

function nameOf({ membership, policies, ...place }: Placement): string {
  const { groups, unknown, userGroups } = membership;
  return JSON.stringify([policies.map((one) => one.name), groups, unknown, userGroups, place]);
}

/**
 * The place a device had under the policy set before, and whether it holds under this one. Memberships hold as
 * long as groups, and those of the owner, are the same; when they are not nothing is known.
 */
function earlierPlaces(
  before: DesiredStates,
  compiled: Compiled,
): ((group: Devices) => { readonly place: Place; readonly holds: boolean } | undefined) | undefined {
  const { places } = before;
  const old = before.compiled;
  if (!equal(old.groups, compiled.groups)) return undefined;
  const { gone, come, moved } = changedPolicies(old.policies, compiled.policies);
  const names = new Set([...gone].map((policy) => policy.name));
  const touched = new Map<Placement, boolean>();
  const isTouched = (placement: Placement): boolean => {
    const known = touched.get(placement);
    if (known !== undefined) return known;
    const answer =
      moved ||
      placement.policies.some((policy) => gone.has(policy)) ||
      placement.undecided?.some(({ policy }) => names.has(policy)) === true;
    touched.set(placement, answer);
    return answer;
  };
  // What devices see of a policy may change without it; memberships hold all the same.
  const isRollingOut = old.rollouts !== undefined || compiled.rollouts !== undefined;
  return (group) => {
    const place = find(places, old.rollouts === undefined ? { ...group, waves: undefined } : group);
    if (place === undefined) return undefined;
    const { subject, placement } = place;
    if (!equal(userGroupsOf(compiled, userOf(subject)), placement.membership.userGroups)) return undefined;
    if (isRollingOut) return { place, holds: false };
    const joins = ({ target }: CompiledPolicy) =>
      isTargeted(target, subject, placement.membership) ||
      undecidedIn(target, subject, placement.membership).length > 0;
    return { place, holds: !isTouched(placement) && !come.some(joins) };
  };
}

/** Policies that only one of two sets has in just this form; `moved` when those of both stand in another order. */
function changedPolicies(before: readonly CompiledPolicy[], after: readonly CompiledPolicy[]) {
  const byName = new Map(before.map((policy) => [policy.name, policy]));
  const stayed = after.flatMap((policy) => {
    const old = byName.get(policy.name);
    return old !== undefined && equal(old, policy) ? [old] : [];
  });
  const kept = new Set(stayed);
  const names = new Set(stayed.map((policy) => policy.name));
  const inOrder = before.filter((policy) => kept.has(policy));
  return {
    gone: new Set(before.filter((policy) => !kept.has(policy))),
    come: after.filter((policy) => !names.has(policy.name)),
    moved: inOrder.some((policy, index) => policy !== stayed[index]),
  };
}

const computed = new WeakMap<Placement, Map<string, Desired>>();

/** What devices of a place should be like, computed once for each set of exemptions. */
function desiredOnce(placement: Placement, lifted: Desired["lifted"], driftCheckMs: number): Desired {
  const known = computed.get(placement) ?? new Map<string, Desired>();
  computed.set(placement, known);
  const name = lifted.length === 0 ? String(driftCheckMs) : JSON.stringify([driftCheckMs, lifted]);
  const desired = known.get(name) ?? desiredAt(placement, lifted, driftCheckMs);
  known.set(name, desired);
  return desired;
}
