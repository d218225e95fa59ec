import { type Arm, armedSentence } from "./armed.ts";
import { isWithin, type Outcome, outcomesOf } from "./armed-outcome.ts";
import {
  type Lift,
  liftsOf,
  type Said,
  type Stake,
  type Statements,
  stakeIn,
  statementsOf,
} from "./arming.ts";
import type { Compiled } from "./compiled.ts";
import type { Desired } from "./desired.ts";
import { type DesiredStates, desiredStates } from "./desired-states.ts";
import { equal } from "./equal.ts";
import { certainGroups, isTargeted } from "./membership.ts";
import type { AdmissionGroup } from "./ports.ts";
import { allVersions } from "./seen-policies.ts";

/** Compares what lets the devices of a fleet erase themselves before and after a revision, set by set. */
export interface ArmCount {
  /** `from`: the same devices as they are before the revision says something else of them. */
  readonly add: (group: AdmissionGroup, from?: AdmissionGroup) => void;
  /** What arms some of them anew, a sentence part for each. */
  readonly found: () => readonly string[];
}

/**
 * Nothing compared yet; undefined when nothing that decides on this is another than before. A device is armed anew
 * when it ends up with fewer attempts or days, or with another value of a setting that it erases itself over. So it is
 * when several statements about this change for it and something among them arms that does not hold for it already:
 * windows, budgets and waves let changes come one after the other, exemptions begin and end later, and whatever the
 * order, nothing may be worse than what was decided about.
 */
export function compareArms(before: Compiled, after: Compiled, now: number): ArmCount | undefined {
  const stake = stakeIn([before, after]);
  if (stake === undefined) return undefined;
  const was = sideOf(before, stake, now);
  const is = sideOf(after, stake, now);
  if (equal(decisive(was), decisive(is))) return undefined;
  const found = new Set<string>();
  return {
    add: (group, from = group) => {
      for (const sentence of armedAnew(was, is, { from, group }, now)) found.add(sentence);
    },
    found: () => [...found],
  };
}

interface Side {
  readonly compiled: Compiled;
  /** Without rollouts: what was decided about is where they end. */
  readonly states: DesiredStates;
  /** The same when all exemptions are over. */
  readonly lasting: DesiredStates;
  readonly statements: readonly Statements[];
  /** What devices may still have of policies that are being rolled out. */
  readonly older: readonly Statements[];
  readonly lifts: readonly Lift[];
}

function sideOf(whole: Compiled, stake: Stake, now: number): Side {
  const { rollouts: _rollouts, ...compiled } = whole;
  const newest = new Set(compiled.policies);
  const statements = statementsOf(compiled, compiled.policies, stake);
  return {
    compiled,
    states: desiredStates(compiled),
    lasting: desiredStates({ ...compiled, exemptions: [] }),
    statements,
    older: statementsOf(
      compiled,
      allVersions(whole).filter((policy) => !newest.has(policy)),
      stake,
    ),
    lifts: liftsOf(compiled, statements, now),
  };
}

/** All of a policy set that decides on what is at stake for a device. */
function decisive({ compiled, statements, lifts }: Side): unknown {
  const { groups, userGroups, devices, organization } = compiled;
  const said = devices.map(({ asset: _asset, origin: _origin, ...entry }) => entry);
  return [statements, lifts, groups, userGroups.links, said, organization.defaultGroups];
}

/** The same devices as they are before a revision and under it. */
interface Pair {
  readonly from: AdmissionGroup;
  readonly group: AdmissionGroup;
}

function armedAnew(was: Side, is: Side, { from, group }: Pair, now: number): readonly string[] {
  const stood = standOf(was, from);
  const stands = standOf(is, group);
  const isSame = equal(stood.texts, stands.texts);
  if (isSame && from.facts.id === group.facts.id) return [];
  const desired = was.states.of(from, now);
  const had = outcomesOf(was.compiled, desired, from.facts);
  const gets = outcomesOf(is.compiled, is.states.of(group, now), group.facts);
  const said = [...stands.arms, ...stood.arms];
  const anew = gets.filter((arm) => !had.some((one) => isWithin(arm, one)));
  const sentences = anew.map((arm) => sentenceOf(arm, said));
  if (isSame) return sentences;
  const lasting =
    stood.lifts.length === 0 ? [] : outcomesOf(was.compiled, was.lasting.of(from, now), from.facts);
  const decided = [...had, ...lasting];
  return [...sentences, ...inSomeOrder(stood, stands, decided), ...leftIn(group, desired, stood, stands)];
}

interface Stand {
  readonly texts: readonly string[];
  readonly said: readonly Said[];
  readonly settings: Statements["settings"];
  readonly arms: readonly { readonly policy: string; readonly arm: Arm }[];
  readonly lifts: readonly Lift[];
  readonly rolls: boolean;
}

/** What is said to the devices of a set about what is at stake. */
function standOf({ compiled, states, statements, older, lifts }: Side, group: AdmissionGroup): Stand {
  const { facts, named, kind = "device", user } = group;
  const subject = { facts: facts.body, named, channel: kind, user };
  const membership = states.membershipOf(group);
  const isMine = ({ target }: Pick<Statements, "target">): boolean => isTargeted(target, subject, membership);
  const mine = statements.filter(isMine);
  const before = older.filter(isMine);
  const said = mine.flatMap((one) => one.said);
  const lifted = lifts.filter(isMine);
  const secret = mine.filter((one) => one.secret);
  const certain = secret.length === 0 ? [] : certainGroups(compiled, subject, membership);
  const trust = secret.map(
    ({ target }) => `trust ${target.groups.map((name) => certain.includes(name)).join()}`,
  );
  const platform = facts.body.platform?.value;
  // What a device has not said yet may be either.
  const isOf = ({ by }: Arm): boolean =>
    platform === undefined || (by === "apple") === (platform !== "android");
  return {
    texts: [...said.map(({ text }) => text), ...lifted.map(({ text }) => text), ...trust].sort(),
    said,
    settings: mine.flatMap(({ settings }) => settings),
    arms: [...mine, ...before].flatMap(({ policy, arms }) =>
      arms.filter(isOf).map((arm) => ({ policy, arm })),
    ),
    lifts: lifted,
    rolls: before.length > 0 || mine.some(({ rolls }) => rolls),
  };
}

/**
 * What could arm the devices on the way from one to the other, and was not decided about. An item changes as a whole,
 * and on Apple devices no item keeps another one off; on Android all of them become one policy.
 */
function inSomeOrder(stood: Stand, stands: Stand, decided: readonly Outcome[]): readonly string[] {
  const changed = changedKeys(stood, stands);
  const lifted = new Set([...stood.lifts, ...stands.lifts].flatMap(({ keys }) => keys));
  const rolls = stood.rolls || stands.rolls;
  const isDisturbed = ({ key, by }: Arm): boolean => {
    if (rolls && isReshaped(key, stood, stands)) return true;
    if (by === "apple") return lifted.has(key);
    return lifted.size > 0 || changed.some((one) => one !== key);
  };
  const inSteps = changed.length > 1 || lifted.size > 0 || rolls;
  const possible = [...stands.arms, ...(inSteps ? stood.arms : [])];
  return possible
    .filter(({ arm }) => isDisturbed(arm) && !decided.some((one) => holds(one, arm, stood, stands)))
    .map(({ policy, arm }) => armedSentence(policy, arm.key, arm.text));
}

function changedKeys(stood: Stand, stands: Stand): readonly string[] {
  const [before, after] = [textsOf(stood), textsOf(stands)];
  const changed = [
    ...stood.said.filter(({ text }) => !after.has(text)),
    ...stands.said.filter(({ text }) => !before.has(text)),
  ];
  return [...new Set(changed.map(({ key }) => key))];
}

function textsOf({ said }: Stand): ReadonlySet<string> {
  return new Set(said.map(({ text }) => text));
}

function isReshaped(key: string, stood: Stand, stands: Stand): boolean {
  const [before, after] = [stood, stands].map(({ said }) =>
    said.flatMap((one) => (one.key === key ? [one.shape] : [])).sort(),
  );
  return !equal(before, after);
}

/** True when devices erase themselves by an outcome already as soon as an arm would have them, whatever comes first. */
function holds({ by, limit }: Outcome, arm: Arm, stood: Stand, stands: Stand): boolean {
  if (by !== arm.by || limit > arm.limit) return false;
  const [before, after] = [stood, stands].map(({ settings }) =>
    settings.flatMap(({ setting, text }) => (by === `setting ${setting}` ? [text] : [])).sort(),
  );
  return equal(before, after);
}

/** What Android devices have been given, and have still because something holds its change or its removal back. */
function leftIn(
  { granted }: AdmissionGroup,
  { items }: Desired,
  stood: Stand,
  stands: Stand,
): readonly string[] {
  const changed = changedKeys(stood, stands);
  const wanted = new Map(items.map(({ key, digest }) => [key, digest]));
  const has = [...(granted?.body.items ?? []), ...(granted?.body.leftAlone ?? [])];
  return has
    .filter(({ kind, effects }) => kind === "AndroidFragment" && effects?.arms === true)
    .filter(({ key, digest }) => wanted.get(key) !== digest && changed.some((one) => one !== key))
    .map(({ policy, key }) =>
      armedSentence(policy, key, "Android devices erase themselves by what they still have"),
    );
}

function sentenceOf({ by, limit, text }: Outcome, said: Stand["arms"]): string {
  const alike = said.filter(({ arm }) => arm.by === by);
  const found = alike.find(({ arm }) => arm.limit === limit) ?? alike[0];
  return found === undefined ? `it lets ${text}` : armedSentence(found.policy, found.arm.key, text);
}
