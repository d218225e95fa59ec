import type { Diagnostic } from "../diagnostic.ts";
import { notCarriedOut } from "../not-carried-out.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/** What is asked for and has no effect in this version is told where it stands. */
export function checkCarriedOut(context: CheckContext): readonly Diagnostic[] {
  return notCarriedOut(context).map(({ manifest, path, says }) =>
    problem(manifest, path, {
      severity: "warning",
      rule: "not-carried-out",
      message: says,
      detail: ["docs/limits.md lists what this version accepts and does not do."],
    }),
  );
}
