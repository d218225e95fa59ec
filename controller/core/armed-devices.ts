import { armedSentence } from "./armed.ts";
import { inSomeOrder, leftIn } from "./armed-order.ts";
import { isWithin, type Outcome, outcomesOf } from "./armed-outcome.ts";
import { type Stake, stakeIn } from "./armed-stake.ts";
import { type Saying, type Stand, standOf } from "./armed-stand.ts";
import { keysOf, liftsOf, statementsOf } from "./arming.ts";
import type { Compiled, DeviceEntry } from "./compiled.ts";
import { type DesiredStates, desiredStates } from "./desired-states.ts";
import { equal } from "./equal.ts";
import type { AdmissionGroup } from "./ports.ts";
import { allVersions } from "./seen-policies.ts";

/** Compares what lets the devices of a fleet erase themselves before and after a revision, set by set. */
export interface ArmCount {
  /** Something that policies say decides otherwise than before; else at most what manifests assert of devices does. */
  readonly changes: boolean;
  /** `from`: the same devices as they are before the revision says something else of them. */
  readonly add: (group: AdmissionGroup, from?: AdmissionGroup) => void;
  /** What arms some of them anew, a sentence part for each. */
  readonly found: () => readonly string[];
}

/**
 * Nothing compared yet; undefined when nothing lets devices erase themselves. A device is armed anew
 * when it ends up with fewer attempts or days, or with another value of a setting that it erases itself over. So it is
 * when several statements about this change for it and something among them arms that does not hold for it already:
 * windows, budgets and waves let changes come one after the other, exemptions begin and end later, and whatever the
 * order, nothing may be worse than what was decided about.
 */
export function compareArms(before: Compiled, after: Compiled, now: number): ArmCount | undefined {
  const stake = stakeIn([before, after]);
  if (stake === undefined) return undefined;
  const [first, second] = [statedBy(before, stake), statedBy(after, stake)];
  const known = keysOf([first, second].flatMap(({ statements, older }) => [...statements, ...older]));
  const sideOf = (side: Stated): Side => ({ ...side, lifts: liftsOf(side.compiled, known, now) });
  const [was, is] = [sideOf(first), sideOf(second)];
  const found = new Set<string>();
  return {
    changes: !equal(decisive(was), decisive(is)),
    add: (group, from = group) => {
      for (const sentence of armedAnew(was, is, { from, group }, now)) found.add(sentence);
    },
    found: () => [...found],
  };
}

interface Side extends Saying {
  /** Without rollouts: what was decided about is where they end. */
  readonly states: DesiredStates;
  /** The same when all exemptions are over. */
  readonly lasting: DesiredStates;
}

type Stated = Omit<Side, "lifts">;

function statedBy(whole: Compiled, stake: Stake): Stated {
  const { rollouts: _rollouts, ...compiled } = whole;
  const newest = new Set(compiled.policies);
  const older = allVersions(whole).filter((policy) => !newest.has(policy));
  return {
    compiled,
    states: desiredStates(compiled),
    lasting: desiredStates({ ...compiled, exemptions: [] }),
    statements: statementsOf(compiled, compiled.policies, stake),
    older: statementsOf(compiled, older, stake),
  };
}

/** All that policies say that decides on what is at stake for a device. */
function decisive({ compiled, statements, lifts }: Side): unknown {
  const { groups, userGroups, organization } = compiled;
  return [statements, lifts, groups, userGroups.links, organization.defaultGroups];
}

/** True when a manifest asserts something else of a device: records for people, and where it says so, are no matter. */
export function isAnother(before: DeviceEntry | undefined, after: DeviceEntry): boolean {
  return !equal(before && assertedBy(before), assertedBy(after));
}

function assertedBy({ asset: _asset, origin: _origin, ...said }: DeviceEntry): unknown {
  return said;
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
  const anew = gets.filter((arm) => !had.some((one) => isWithin(arm, one)));
  const sentences = anew.map((arm) => sentenceOf(arm, stands));
  if (isSame) return sentences;
  const lasting =
    stood.lifts.length === 0 ? [] : outcomesOf(was.compiled, was.lasting.of(from, now), from.facts);
  const decided = [...had, ...lasting];
  return [...sentences, ...inSomeOrder(stood, stands, decided), ...leftIn(group, desired, stood, stands)];
}

function sentenceOf({ by, limit, text }: Outcome, { arms }: Stand): string {
  const found = arms.find(({ arm }) => arm.by === by && arm.limit === limit);
  return found === undefined ? `it lets ${text}` : armedSentence(found.policy, found.arm.key, text);
}
