import { assigningKey } from "./assigning.ts";
import { reasonOf } from "./reason.ts";
import type { Situation } from "./situation.ts";

/** What an Android device gets by its policy alone. */
const byPolicy: ReadonlySet<string> = new Set(["ItemsUnderWay", "RemovalUnderWay"]);

/** Attempts to give a device its policy after which that counts as refused; it goes on at growing intervals. */
const fewestAttempts = 3;

/**
 * Why a device does not come to what is under way on it (`pending`, a reason of a condition): Google did not take its
 * policy, or did not give it to this device, again and again. Undefined where it waits for something else.
 */
export function refusedPolicy(
  { refusal, state }: Pick<Situation, "refusal" | "state">,
  pending: string | undefined,
): string | undefined {
  if (pending === undefined || !byPolicy.has(pending)) return undefined;
  if (refusal !== undefined) return `its policy is not at Google: ${refusal}`;
  const giving = state.progress[assigningKey];
  if (giving?.phase !== "failed" || giving.attempts < fewestAttempts) return undefined;
  return `Google does not give it its policy ${giving.digest}: ${reasonOf(giving.errors ?? []) ?? "without a reason"}`;
}
