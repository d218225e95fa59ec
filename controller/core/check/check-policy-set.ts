import type { Diagnostic } from "../diagnostic.ts";
import { type CheckInput, checkContext } from "./context.ts";

/** Everything that schemas cannot see: what is wrong between manifests, files and time. */
export function checkPolicySet(input: CheckInput): readonly Diagnostic[] {
  const context = checkContext(input);
  return checks.flatMap((check) => check(context));
}

const checks: readonly ((context: ReturnType<typeof checkContext>) => readonly Diagnostic[])[] = [];
