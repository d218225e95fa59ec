import type { Situation } from "./situation.ts";

/** What an Android device gets by its policy alone. */
const byPolicy: ReadonlySet<string> = new Set(["ItemsUnderWay", "RemovalUnderWay"]);

/**
 * Why a device does not come to what is under way on it (`pending`, a reason of a condition): its policy was not taken
 * by Google, again and again. Undefined where it waits for something else.
 */
export function refusedPolicy(
  { refusal }: Pick<Situation, "refusal">,
  pending: string | undefined,
): string | undefined {
  if (refusal === undefined || pending === undefined || !byPolicy.has(pending)) return undefined;
  return `its policy is not at Google: ${refusal}`;
}
