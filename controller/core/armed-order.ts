import { type Arm, armedSentence } from "./armed.ts";
import type { Outcome } from "./armed-outcome.ts";
import type { Stand } from "./armed-stand.ts";
import type { Desired } from "./desired.ts";
import { equal } from "./equal.ts";
import type { AdmissionGroup } from "./ports.ts";

/**
 * What could arm the devices on the way from one to the other, and was not decided about. An item changes as a whole,
 * and on Apple devices no item keeps another one off; on Android all of them become one policy.
 */
export function inSomeOrder(stood: Stand, stands: Stand, decided: readonly Outcome[]): readonly string[] {
  const changed = changedKeys(stood, stands);
  const lifted = new Set([...stood.lifts, ...stands.lifts].flatMap(({ keys }) => keys));
  const rolls = stood.rolls || stands.rolls;
  // Policies that roll out come one after the other, and what they decide may be in conflict for so long.
  const mayClash = rolls && changedRivals(stood, stands).size > 1;
  const isDisturbed = ({ key, by }: Arm): boolean => {
    if (rolls && isReshaped(key, stood, stands)) return true;
    if (by === "apple") return lifted.has(key);
    return mayClash || lifted.size > 0 || changed.some((one) => one !== key);
  };
  return [...stands.arms, ...stood.arms]
    .filter(({ arm }) => isDisturbed(arm) && !decided.some((one) => holds(one, arm, stood, stands)))
    .map(({ policy, arm }) => armedSentence(policy, arm.key, arm.text));
}

/** What Android devices have been given, and have still because something holds its change or its removal back. */
export function leftIn(
  { granted }: Pick<AdmissionGroup, "granted">,
  { items }: Pick<Desired, "items">,
  stood: Stand,
  stands: Stand,
): readonly string[] {
  const changed = changedKeys(stood, stands);
  const mayFall = changedRivals(stood, stands).size > 0;
  const wanted = new Map(items.map(({ key, digest }) => [key, digest]));
  return [granted?.body.items, granted?.body.leftAlone]
    .flatMap((has) => has ?? [])
    .filter(({ kind, effects }) => kind === "AndroidFragment" && effects?.arms === true)
    .filter(
      ({ key, digest }) => wanted.get(key) !== digest && (mayFall || changed.some((one) => one !== key)),
    )
    .map(({ policy, key }) =>
      armedSentence(policy, key, "Android devices erase themselves by what they still have"),
    );
}

function changedKeys(stood: Stand, stands: Stand): readonly string[] {
  return changesOf(stood.said, stands.said).map(({ key }) => key);
}

/** The policies whose items decide other values than before. */
function changedRivals(stood: Stand, stands: Stand): ReadonlySet<string> {
  return new Set(changesOf(stood.rivals, stands.rivals).map(({ policy }) => policy));
}

/** What only one of the two says. */
function changesOf<T extends { readonly text: string }>(
  before: readonly T[],
  after: readonly T[],
): readonly T[] {
  const textsIn = (said: readonly T[]) => new Set(said.map(({ text }) => text));
  const [had, has] = [textsIn(before), textsIn(after)];
  return [...before.filter(({ text }) => !has.has(text)), ...after.filter(({ text }) => !had.has(text))];
}

function isReshaped(key: string, stood: Stand, stands: Stand): boolean {
  const [before, after] = [stood, stands].map(
    ({ said }) => new Set(said.flatMap((one) => (one.key === key ? [one.shape] : []))),
  );
  return !equal(before, after);
}

/** True when devices erase themselves by an outcome already as soon as an arm would have them, whatever comes first. */
function holds({ by, limit }: Outcome, arm: Arm, stood: Stand, stands: Stand): boolean {
  if (by !== arm.by || limit > arm.limit) return false;
  const [before, after] = [stood, stands].map(
    ({ settings }) =>
      new Set(settings.flatMap(({ setting, text }) => (by === `setting ${setting}` ? [text] : []))),
  );
  return equal(before, after);
}
