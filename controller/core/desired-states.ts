import type { Compiled, CompiledPolicy } from "./compiled.ts";
import { type Desired, desiredAt, liftedBy } from "./desired.ts";
import { equal } from "./equal.ts";
import { isTargeted, type Membership, membershipOf, type Subject } from "./membership.ts";
import { type Placement, placementOf } from "./placement.ts";
import type { AdmissionGroup } from "./ports.ts";

type Devices = Pick<AdmissionGroup, "facts" | "named" | "granted">;

/** The desired states of a fleet under one policy set: computed once per distinct state, kept for the next revision. */
export interface DesiredStates {
  readonly compiled: Compiled;
  /** Devices that are alike get the same object. */
  readonly of: (group: Devices, now: number) => Desired;
  readonly membershipOf: (group: Devices) => Membership;
  /** What has been placed so far, for the revision that follows. */
  readonly places: ReadonlyMap<string, Place>;
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
  const places = new Map<string, Place>();
  const alike = new Map<string, Placement>();
  const earlier = before === undefined ? undefined : earlierPlaces(before, compiled);

  function place(group: Devices): Place {
    const known = find(places, group);
    if (known !== undefined) return known;
    const found = earlier?.(group) ?? fresh(group);
    if (places.size >= mostPlaces) places.clear();
    places.set(isPlain(found) ? group.facts.id : keyOf(group), found);
    return found;
  }

  function fresh(group: Devices): Place {
    const subject = { facts: group.facts.body, named: group.named };
    const membership = membershipOf(compiled, subject, group.granted?.body.groups);
    const placement = placementOf(compiled, subject, membership);
    const name = nameOf(placement);
    const same = alike.get(name) ?? placement;
    alike.set(name, same);
    return { placement: same, subject };
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

/** Nearly all devices: facts decide, as no manifest names them and no group is undecided. */
function isPlain({ subject, placement }: Place): boolean {
  return subject.named.length === 0 && placement.membership.unknown.length === 0;
}

function find(places: ReadonlyMap<string, Place>, group: Devices): Place | undefined {
  const plain = group.named.length === 0 ? places.get(group.facts.id) : undefined;
  return plain ?? places.get(keyOf(group));
}

function keyOf({ facts, named, granted }: Devices): string {
  const previous = granted?.body.groups;
  const before = previous === undefined ? "-" : previous.join();
  return `${facts.id}|${named.join()}|${before}`;
}

function nameOf({ membership, policies, platform, supervised, certain }: Placement): string {
  const { groups, unknown, userGroups } = membership;
  return JSON.stringify([
    policies.map((one) => one.name),
    groups,
    unknown,
    userGroups,
    platform,
    supervised,
    certain,
  ]);
}

/** Places that hold under another policy set as well, or undefined when memberships may differ. */
function earlierPlaces(
  before: DesiredStates,
  compiled: Compiled,
): ((group: Devices) => Place | undefined) | undefined {
  const { places } = before;
  const old = before.compiled;
  if (!equal(old.groups, compiled.groups) || !equal(old.userGroups, compiled.userGroups)) return undefined;
  const { gone, come, moved } = changedPolicies(old.policies, compiled.policies);
  if (moved) return undefined;
  const touched = new Map<Placement, boolean>();
  const isTouched = (placement: Placement): boolean => {
    const known = touched.get(placement);
    if (known !== undefined) return known;
    const answer = placement.policies.some((policy) => gone.has(policy));
    touched.set(placement, answer);
    return answer;
  };
  return (group) => {
    const place = find(places, group);
    if (place === undefined || isTouched(place.placement)) return undefined;
    const { subject, placement } = place;
    return come.some((one) => isTargeted(one.target, subject, placement.membership)) ? undefined : place;
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
