import { type Leaf, leafPath } from "./leaves.ts";

/**
 * From weak to strong; each asks for all that those before it ask for (PasswordRequirements.passwordQuality), COMPLEX
 * together with what is counted beside it.
 */
const qualities = ["SOMETHING", "NUMERIC", "NUMERIC_COMPLEX", "ALPHABETIC", "ALPHANUMERIC", "COMPLEX"];

/**
 * How much a value asks for, where wishes do not contradict but add up, and the strongest is what all of them want: a
 * report that somebody needs is made, and a passcode is as good as whoever asks for most. Undefined elsewhere: there
 * the priority decides.
 */
export function strengthOf({ path, steps, value }: Leaf): number | undefined {
  if (path.startsWith("statusReportingSettings."))
    return typeof value === "boolean" ? Number(value) : undefined;
  if (steps[0] !== "passwordPolicies" || steps.at(-1) !== "passwordQuality") return undefined;
  const found = qualities.indexOf(String(value));
  return found < 0 ? undefined : found;
}

/** What wishes must agree about to be no conflict: the value, or, of one that adds up with others, only that it does. */
export function agreedValue(leaf: Leaf): unknown {
  return strengthOf(leaf) === undefined ? leaf.value : "adds up";
}

/** The only counts of characters that Google enforces are those beside COMPLEX. */
const countedBeside: Readonly<Record<string, readonly string[]>> = {
  ALPHABETIC: ["passwordMinimumLetters"],
  ALPHANUMERIC: ["passwordMinimumLetters", "passwordMinimumNumeric"],
};

/** What must be said beside a stronger wish so that it asks for all that a weaker one asks for. */
export function impliedBy(weaker: Leaf, stronger: Leaf): readonly Leaf[] {
  if (stronger.value !== "COMPLEX" || strengthOf(weaker) === undefined) return [];
  return (countedBeside[String(weaker.value)] ?? []).map((name) => {
    const steps = [...weaker.steps.slice(0, -1), name];
    return { path: leafPath(steps), steps, value: 1, at: [...weaker.at.slice(0, -1), name] };
  });
}
