import type { Diagnostic } from "../diagnostic.ts";
import type { AnyManifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { literalProblems } from "./literals.ts";
import { problem } from "./problem.ts";

/** What is sent along with an Apple app can be written as a property list. */
export function checkApps(context: CheckContext): readonly Diagnostic[] {
  return context.of("App").flatMap((app) =>
    (["config", "attributes"] as const).flatMap((field) => {
      const content = app.spec.apple?.[field];
      if (content === undefined) return [];
      return literalProblems(content, ["spec", "apple", field]).map(([path, finding]) =>
        problem(app as AnyManifest, path, finding),
      );
    }),
  );
}
