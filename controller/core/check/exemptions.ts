import type { Diagnostic } from "../diagnostic.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

const dayMs = 86_400_000;
const longestMs = 90 * dayMs;

/** An exemption ends, and not later than 90 days after it began. */
export function checkExemptions(context: CheckContext): readonly Diagnostic[] {
  return context.of("Exemption").flatMap((exemption) => exemptionProblems(exemption, context.now));
}

function exemptionProblems(exemption: Manifest<"Exemption">, now: number): readonly Diagnostic[] {
  const { from, until } = exemption.spec;
  const end = Date.parse(until);
  const start = from === undefined ? now : Date.parse(from);
  if (from !== undefined && end <= start) {
    const detail = [`It begins at ${from}.`];
    return [
      problem(exemption, ["spec", "until"], {
        rule: "bad-interval",
        message: "it ends before it begins",
        detail,
      }),
    ];
  }
  if (end <= now) {
    const detail = ["It lifts nothing any more; remove it."];
    return [
      problem(exemption, ["spec", "until"], {
        severity: "warning",
        rule: "exemption-ended",
        message: `this exemption ended at ${until}`,
        detail,
      }),
    ];
  }
  if (end - start <= longestMs) return [];
  const latest = new Date(start + longestMs).toISOString().replace(".000Z", "Z");
  const detail = [`expected at most 90 days, until ${latest}. For longer, change the policy's target.`];
  return [
    problem(exemption, ["spec", "until"], {
      rule: "exemption-too-long",
      message: `${Math.ceil((end - start) / dayMs)} days are too long`,
      detail,
    }),
  ];
}
