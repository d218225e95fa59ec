import type { Diagnostic } from "../diagnostic.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { platformsOf } from "./group-facts.ts";
import { problem } from "./problem.ts";

/** A drift mode means something on the devices that it is for: Android puts everything back by itself. */
export function checkDrifts(context: CheckContext): readonly Diagnostic[] {
  return context.of("Policy").flatMap((policy) => {
    const found = looseModes(policy);
    if (found.length === 0) return [];
    const isAndroid = [...platformsOf(context, policy.spec.target)].every((one) => one === "android");
    return isAndroid ? found.map((path) => meansNothing(policy, path)) : [];
  });
}

type Path = readonly (string | number)[];

function looseModes({ spec }: Manifest<"Policy">): readonly Path[] {
  const isLoose = (drift: string | undefined): boolean => drift === "report" || drift === "ignore";
  const lists = (["profiles", "apps"] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap(({ drift }, index) =>
      isLoose(drift) ? [["spec", list, index, "drift"]] : [],
    ),
  );
  return [...(isLoose(spec.drift) ? [["spec", "drift"]] : []), ...lists];
}

function meansNothing(policy: Manifest<"Policy">, path: Path): Diagnostic {
  return problem(policy, path, {
    severity: "warning",
    rule: "drift-without-meaning",
    message: "Android devices put back by themselves what their policy says, whatever drift says",
    detail: ["Leave it out."],
  });
}
