import type { Diagnostic } from "../diagnostic.ts";
import { platforms } from "../facts.ts";
import type { Expression, Selector } from "../generated/manifest.ts";
import { isVersion } from "../version.ts";
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
    const unknown = unknownValues(selector).map(([path, finding]) =>
      problem(group, ["spec", "selector", ...path], finding),
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

type Found = readonly [path: readonly (string | number)[], finding: Finding];

function unknownValues(selector: Selector): readonly Found[] {
  return [...unknownMatches(selector), ...(selector.expressions ?? []).flatMap(unknownInExpression)];
}

/** The schema knows the words of `match`; versions it takes as they come. */
function unknownMatches({ match }: Selector): readonly Found[] {
  const wanted = match?.osVersion;
  if (wanted === undefined) return [];
  const path = ["match", "osVersion"];
  if (typeof wanted === "string") return found(path, unknownValue("osVersion", wanted));
  return wanted.flatMap((value, index) => found([...path, index], unknownValue("osVersion", value)));
}

function unknownInExpression({ key, values = [] }: Expression, index: number): readonly Found[] {
  return values.flatMap((value, at) => found(["expressions", index, "values", at], unknownValue(key, value)));
}

function found(path: Found[0], finding: Finding | undefined): readonly Found[] {
  return finding === undefined ? [] : [[path, finding]];
}

function unknownValue(key: string, value: string): Finding | undefined {
  if (key === "osVersion" && !isVersion(value)) {
    const detail = ["expected a version such as 18.1; for a range use VersionAtLeast and VersionBelow."];
    return { rule: "unknown-value", message: `not a version: ${quote(value)}`, detail };
  }
  const allowed = closed[key];
  if (allowed === undefined || allowed.includes(value)) return undefined;
  const detail = [`expected ${listed(allowed)}.${didYouMean(value, allowed)}`];
  return { rule: "unknown-value", message: `unknown ${key}: ${quote(value)}`, detail };
}
