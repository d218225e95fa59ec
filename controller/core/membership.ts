import type { Compiled, CompiledGroup, CompiledTarget } from "./compiled.ts";
import { type Facts, type Platform, returnKey } from "./facts.ts";
import type { ChannelKind } from "./ports.ts";
import { reportedKeys, selects, some, type Tri } from "./selector.ts";

/** What membership is decided on: devices that are alike in this are members of the same groups. */
export interface Subject {
  readonly facts: Facts;
  /** References by which manifests name this device. */
  readonly named: readonly string[];
  /** The device itself when absent. Groups are of devices; a user's channel is in those of its device. */
  readonly channel?: ChannelKind;
  /** Of a user's channel: his address, where the device says one; else he is taken for the owner. */
  readonly user?: string | undefined;
  /** What it sees of the rollouts under way (`wavesOf`). */
  readonly waves?: string | undefined;
}

export interface Membership {
  /** Groups it belongs to, sorted; with unknown facts those it belonged to before. */
  readonly groups: readonly string[];
  /** Groups that could not be decided, sorted. */
  readonly unknown: readonly string[];
  readonly userGroups: readonly string[];
}

/** The groups of a device. Unknown facts keep the previous membership; with none, it is no member. */
export function membershipOf(
  compiled: Compiled,
  subject: Subject,
  previous: readonly string[] | undefined,
): Membership {
  const userGroups = userGroupsOf(compiled, ownerOf(subject));
  const answers = new Map<string, Tri>();
  for (const name of compiled.groups.keys()) decide(name, compiled, subject, userGroups, answers);
  const groups: string[] = [];
  const unknown: string[] = [];
  for (const [name, answer] of answers) {
    if (answer === undefined) unknown.push(name);
    if (answer === true || (answer === undefined && previous?.includes(name) === true)) groups.push(name);
  }
  return {
    groups: groups.sort(),
    unknown: unknown.sort(),
    userGroups: userGroupsOf(compiled, userOf(subject)),
  };
}

/** True when a target contains a device: a member for certain, and not possibly excluded. */
export function isTargeted(target: CompiledTarget, subject: Subject, membership: Membership): boolean {
  if (!target.all && !includes(target, subject, membership)) return false;
  const { exclude } = target;
  if (exclude === undefined) return true;
  const mayBeOut = exclude.groups.some((name) => membership.unknown.includes(name));
  return !mayBeOut && !contains(exclude, subject, membership);
}

/**
 * The groups because of which nobody can say whether a target contains a device: a fact that they select on is not
 * known. Empty where the answer is the same either way.
 */
export function undecidedIn(
  target: CompiledTarget,
  subject: Subject,
  membership: Membership,
): readonly string[] {
  return membership.unknown.filter((name) => {
    const others = membership.groups.filter((one) => one !== name);
    const unknown = membership.unknown.filter((one) => one !== name);
    const inside = isTargeted(target, subject, { ...membership, groups: [...others, name], unknown });
    return inside !== isTargeted(target, subject, { ...membership, groups: others, unknown });
  });
}

/**
 * An owner whom only the device's own word connects with it shuts it out where he is excluded, and lets it in nowhere.
 * Who uses a channel is always the device's word.
 */
function includes(target: CompiledTarget, subject: Subject, membership: Membership): boolean {
  const trusted = subject.user !== undefined || subject.facts.owner?.source === "asserted";
  return contains(trusted ? target : { ...target, users: nobody, userGroups: nobody }, subject, membership);
}

const nobody: ReadonlySet<string> = new Set();

/** The groups that a device is in without resting on its own word: by themselves, or by one of their children. */
export function certainGroups(
  compiled: Compiled,
  subject: Subject,
  membership: Membership,
): readonly string[] {
  const userGroups = userGroupsOf(compiled, ownerOf(subject));
  const isCertain = (name: string): boolean => {
    const group = compiled.groups.get(name);
    if (group === undefined || !membership.groups.includes(name)) return false;
    return (
      group.trustReported ||
      isOwnMember(compiled, group, subject, userGroups) ||
      group.children.some(isCertain)
    );
  };
  return membership.groups.filter(isCertain);
}

function isOwnMember(
  compiled: Compiled,
  group: CompiledGroup,
  subject: Subject,
  userGroups: readonly string[],
): boolean {
  const joined = joinedBy(compiled, subject.facts);
  if (joined?.group === group.name && joined.isCertain) return true;
  if (subject.named.some((name) => group.devices.has(name))) return true;
  const { selector } = group;
  if (selector === undefined || selector.some(({ key }) => isReported(key, subject.facts))) return false;
  return selects(selector, subject.facts, userGroups) !== false;
}

/** True for a fact that is the device's own word. */
function isReported(key: string, facts: Facts): boolean {
  const source = facts[key === "userGroup" ? "owner" : key]?.source;
  return source === undefined ? reportedKeys.has(key) : source === "reported";
}

/** The user groups of a person. */
export function userGroupsOf(compiled: Compiled, user: string | undefined): readonly string[] {
  return user === undefined ? [] : (compiled.userGroups.get(user) ?? []);
}

/** Whom targets of `users` mean: the user of a channel, else the owner of the device. */
export function userOf(subject: Subject): string | undefined {
  return subject.user ?? ownerOf(subject);
}

function ownerOf({ facts }: Subject): string | undefined {
  return facts.owner?.value.toLowerCase();
}

function decide(
  name: string,
  compiled: Compiled,
  subject: Subject,
  userGroups: readonly string[],
  answers: Map<string, Tri>,
): Tri {
  if (answers.has(name)) return answers.get(name);
  const group = compiled.groups.get(name);
  if (group === undefined) return false;
  answers.set(name, false);
  const own = some([belongs(compiled, group, subject, userGroups), isDefault(compiled, name, subject.facts)]);
  const children = group.children.map((child) => decide(child, compiled, subject, userGroups, answers));
  const answer = some([own, ...children]);
  answers.set(name, answer);
  return answer;
}

function belongs(
  compiled: Compiled,
  group: CompiledGroup,
  subject: Subject,
  userGroups: readonly string[],
): Tri {
  if (subject.named.some((name) => group.devices.has(name))) return true;
  if (joinedBy(compiled, subject.facts)?.group === group.name) return true;
  return group.selector === undefined ? false : selects(group.selector, subject.facts, userGroups);
}

/**
 * The group that a device joined by enrolling: the one that it was to return to when it was deprovisioned, as long as
 * there is such a group, else that of its invitation, where only an assertion counts.
 */
export function joinedBy(
  { groups }: Pick<Compiled, "groups">,
  facts: Facts,
): { readonly group: string; readonly isCertain: boolean } | undefined {
  const back = facts[returnKey];
  if (back !== undefined && groups.has(back.value))
    return { group: back.value, isCertain: back.source === "asserted" };
  return facts.group?.source === "asserted" ? { group: facts.group.value, isCertain: true } : undefined;
}

/** The group that a device joins by its platform because its enrollment named none. That is its own word. */
export function isDefault(compiled: Compiled, name: string, facts: Facts): Tri {
  if (joinedBy(compiled, facts) !== undefined) return false;
  const { defaultGroups } = compiled.organization;
  const platform = facts.platform?.value as Platform | undefined;
  if (platform !== undefined) return defaultGroups[platform] === name;
  return Object.values(defaultGroups).includes(name) ? undefined : false;
}

function contains(
  target: Omit<CompiledTarget, "all" | "exclude">,
  subject: Subject,
  membership: Membership,
): boolean {
  if (target.groups.some((name) => membership.groups.includes(name))) return true;
  if (subject.named.some((name) => target.devices.has(name))) return true;
  const user = userOf(subject);
  if (user !== undefined && target.users.has(user)) return true;
  return membership.userGroups.some((name) => target.userGroups.has(name));
}
