import type { Diagnostic } from "../diagnostic.ts";
import { platforms } from "../facts.ts";
import type { Expression, Selector } from "../generated/manifest.ts";
import { conjunctionOf, contradictionIn } from "./conjunction.ts";
import type { CheckContext } from "./context.ts";
import { quote } from "./describe-value.ts";
import { didYouMean, listed } from "./nearest.ts";
import { type Finding, problem } from "./problem.ts";

/** Values of facts that only some words can be; the schema checks them in `match`. */
const closed: Readonly<Record<string, readonly string[]>> = {
  platform: platforms,
  ownership: ["company", "personal"],
  mode: ["supervised", "unsupervised", "fullyManaged", "workProfile", "dedicated"],
  enrollment: ["manual", "automated", "account", "zeroTouch"],
};

/** A selector compares with values that exist, and some device can satisfy it. */
export function checkSelectors(context: CheckContext): readonly Diagnostic[] {
  return context.of("DeviceGroup").flatMap((group) => {
    const { selector } = group.spec;
    if (selector === undefined) return [];
    const unknown = unknownValues(selector).map(([index, at, finding]) =>
      problem(group, ["spec", "selector", "expressions", index, "values", at], finding),
    );
    if (unknown.length > 0) return unknown;
    const contradiction = contradictionIn(conjunctionOf(selector));
    if (contradiction === undefined) return [];
    const message = "this selector can never match";
    return [
      problem(group, ["spec", "selector"], { rule: "impossible-selector", message, detail: [contradiction] }),
    ];
  });
}

function unknownValues(selector: Selector): readonly (readonly [number, number, Finding])[] {
  return (selector.expressions ?? []).flatMap((expression, index) =>
    (expression.values ?? []).flatMap((value, at) => {
      const finding = unknownValue(expression, value);
      return finding === undefined ? [] : [[index, at, finding] as const];
    }),
  );
}

function unknownValue(expression: Expression, value: string): Finding | undefined {
  const allowed = closed[expression.key];
  if (allowed === undefined || allowed.includes(value)) return undefined;
  const detail = [`expected ${listed(allowed)}.${didYouMean(value, allowed)}`];
  return { rule: "unknown-value", message: `unknown ${expression.key}: ${quote(value)}`, detail };
}
