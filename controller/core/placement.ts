import { type AndroidTraits, androidTraits } from "./android-needs.ts";
import type { DeviceTraits } from "./apple-schema/requirement.ts";
import { systemOf } from "./apple-schema/requirement.ts";
import type { Compiled, CompiledPolicy, CompiledTarget } from "./compiled.ts";
import { needsOfChoice } from "./delivery.ts";
import { enrollmentTrait } from "./enrollment-trait.ts";
import type { Facts, Platform } from "./facts.ts";
import type { Granted } from "./granted.ts";
import { certainGroups, isTargeted, type Membership, type Subject, undecidedIn } from "./membership.ts";
import { floorOf, type Need, thresholdsOf } from "./needs.ts";
import type { ChannelKind } from "./ports.ts";
import { allVersions, olderHolds, policiesSeen, type SeenPolicies } from "./seen-policies.ts";
import { compareVersions } from "./version.ts";

/** Everything about a device that layering depends on: devices placed alike have the same desired state. */
export interface Placement {
  readonly membership: Membership;
  /** The policies whose targets contain it, in order of priority. */
  readonly policies: readonly CompiledPolicy[];
  readonly platform: Platform | undefined;
  /** Undefined while the device has not said. */
  readonly supervised: boolean | undefined;
  readonly enrollment: DeviceTraits["enrollment"];
  /** The newest version that its OS has reached of those at which some item's answer changes. */
  readonly osVersion: string | undefined;
  /** The groups it is in without resting on its own word. */
  readonly certain: readonly string[];
  readonly channel: ChannelKind;
  /** Policies of which nobody can say whether they are for it, and the groups that are to blame. */
  readonly undecided?: NonNullable<Granted["undecided"]>;
  /** Android: what it is like, as far as that decides something. */
  readonly android?: AndroidTraits;
  /** Policies, by name, that contain it only because of who its user is by the device's own word. */
  readonly byReportedUser: readonly string[];
  /** While rollouts are under way: the policies with the versions in which it sees them. */
  readonly versions?: readonly string[];
}

/** Where a device stands in a policy set, given the groups it is a member of. */
export function placementOf(compiled: Compiled, subject: Subject, membership: Membership): Placement {
  const { facts } = subject;
  const platform = facts.platform?.value as Platform | undefined;
  const mode = facts.mode?.value;
  const seen = policiesSeen(compiled, subject.waves);
  const { policies, ...versions } = policiesAt(seen, subject, membership);
  return {
    membership,
    policies,
    platform,
    supervised: mode === undefined ? undefined : mode === "supervised",
    enrollment: enrollmentTrait(facts),
    osVersion: osVersionOf(compiled, platform, facts.osVersion?.value),
    certain: certainGroups(compiled, subject, membership),
    channel: subject.channel ?? "device",
    ...undecidedBy(seen, subject, membership),
    ...(platform === "android" ? { android: androidOf(compiled, facts) } : {}),
    byReportedUser: isReportedUser(subject) ? onlyByUser(policies, subject, membership) : [],
    ...versions,
  };
}

function policiesAt(
  { policies: all, older }: SeenPolicies,
  subject: Subject,
  membership: Membership,
): Pick<Placement, "policies" | "versions"> {
  const policies = all.filter((policy) => isTargeted(policy.target, subject, membership));
  if (older.size === 0) return { policies };
  const versions = policies.map((policy) => `${policy.name} ${older.get(policy)?.version ?? ""}`);
  return { policies: olderHolds(policies, older), versions };
}

function undecidedBy(
  { policies }: Pick<Compiled, "policies">,
  subject: Subject,
  membership: Membership,
): Pick<Placement, "undecided"> {
  if (membership.unknown.length === 0) return {};
  const undecided = policies.flatMap((policy) => {
    const groups = undecidedIn(policy.target, subject, membership);
    return groups.length === 0 ? [] : [{ policy: policy.name, groups }];
  });
  return undecided.length === 0 ? {} : { undecided };
}

const thresholds = new WeakMap<Compiled, ReturnType<typeof thresholdsOf>>();

/** Only the versions that matter to some item tell devices apart. */
function osVersionOf(compiled: Compiled, platform: Platform | undefined, version: string | undefined) {
  const system = platform === undefined ? undefined : systemOf(platform);
  if (system === undefined || version === undefined) return undefined;
  const known = thresholds.get(compiled) ?? thresholdsOf(needsIn(compiled));
  thresholds.set(compiled, known);
  return floorOf(version, known[system]);
}

function needsIn(compiled: Compiled): readonly Need[] {
  const forms = allVersions(compiled).flatMap((policy) =>
    policy.uses.flatMap((use) => use.forms.apple ?? []),
  );
  return forms.flatMap((form) => [
    ...(form.needs ?? []),
    ...(form.declared?.parts ?? []).flatMap((part) => part.needs),
    ...needsOfChoice(form),
  ]);
}

const androidVersions = new WeakMap<Compiled, readonly string[]>();

/** Of its version only the newest that it has reached of those which some item needs. */
function androidOf(compiled: Compiled, facts: Facts): AndroidTraits {
  const { osVersion, ...traits } = androidTraits(facts);
  const known = androidVersions.get(compiled) ?? versionsNeeded(compiled);
  androidVersions.set(compiled, known);
  return osVersion === undefined ? traits : { ...traits, osVersion: floorOf(osVersion, known) };
}

function versionsNeeded(compiled: Compiled): readonly string[] {
  const forms = allVersions(compiled).flatMap((policy) =>
    policy.uses.flatMap((use) => use.forms.android ?? []),
  );
  const versions = forms.flatMap(({ needs }) => (needs ?? []).flatMap((need) => need.since ?? []));
  return [...new Set(versions)].sort((a, b) => compareVersions(b, a));
}

function onlyByUser(
  policies: readonly CompiledPolicy[],
  subject: Subject,
  membership: Membership,
): readonly string[] {
  const { owner: _owner, ...facts } = subject.facts;
  const nobodys = { ...subject, facts, user: undefined };
  const alone = { ...membership, userGroups: [] };
  return policies.filter((one) => !isTargeted(one.target, nobodys, alone)).map((one) => one.name);
}

function isReportedUser({ user, facts: { owner } }: Subject): boolean {
  return user !== undefined && !(owner?.source === "asserted" && owner.value.toLowerCase() === user);
}

/** True when an act may be done on a device: its target contains it, and not because of its own word alone. */
export function isActedOn(
  compiled: Compiled,
  target: CompiledTarget,
  subject: Subject,
  membership: Membership,
): boolean {
  const certain = { ...target, exclude: undefined };
  const groups = certainGroups(compiled, subject, membership);
  return isTargeted(target, subject, membership) && isTargeted(certain, subject, { ...membership, groups });
}
