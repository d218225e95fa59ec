import type { ValueFault, ValuePath } from "../apple-schema/read-value.ts";
import type { ValueType } from "../apple-schema/schema.ts";
import { pathText } from "../path-text.ts";
import { didYouMean, listed, slipOf } from "./nearest.ts";
import type { Finding } from "./problem.ts";

/** A fault of a value as people are told it. `schema` is the version of Apple's schema that says so. */
export function faultFinding(fault: ValueFault, key: string, path: ValuePath, schema: string): Finding {
  const shown = pathText(path);
  switch (fault.type) {
    case "unknown-key":
      return unknownKey(fault.known, key, shown, schema);
    case "missing-key": {
      const inside = path.length === 0 ? "" : ` in ${shown}`;
      const detail = ["Devices refuse it without."];
      return { rule: "apple-missing-key", message: `${key} is missing${inside}`, detail };
    }
    case "wrong-type":
      return {
        rule: "apple-wrong-type",
        message: `${shown} is ${withArticle(fault.found)}`,
        detail: [`expected ${withArticle(fault.expected)}${hints[fault.expected] ?? ""}.`],
      };
    case "not-listed":
      return {
        rule: "apple-bad-value",
        message: `${shown} has a value that Apple does not list`,
        detail: [`expected ${listed(fault.allowed)}.`],
      };
    case "pattern":
      return {
        rule: "apple-bad-value",
        message: `${shown} has a value of the wrong form`,
        detail: [`expected ${fault.pattern}.`],
      };
    case "out-of-range":
      return outOfRange(`${shown} is out of range`, fault.least, fault.most);
    case "count":
      return outOfRange(`${shown} has the wrong number of elements`, fault.least, fault.most);
  }
}

function unknownKey(known: readonly string[], key: string, shown: string, schema: string): Finding {
  const slip = slipOf(key, known);
  if (slip !== undefined)
    return {
      rule: "apple-misspelt-key",
      message: `unknown key ${shown}`,
      detail: [`Did you mean "${slip}"?`],
    };
  const detail = [`Apple's schema of ${schema} does not have it.${didYouMean(key, known)}`];
  return { severity: "warning", rule: "apple-unknown-key", message: `unknown key ${shown}`, detail };
}

function outOfRange(message: string, least: number | null, most: number | null): Finding {
  const range =
    least === null ? `at most ${most}` : most === null ? `at least ${least}` : `${least} to ${most}`;
  return { rule: "apple-out-of-range", message, detail: [`expected ${range}.`] };
}

const hints: Readonly<Partial<Record<ValueType, string>>> = {
  data: ": write {$data: BASE64}",
  date: ": write {$date: 2026-12-01T09:00:00Z}",
};

function withArticle(type: ValueType | "nothing"): string {
  if (type === "nothing" || type === "data") return type;
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}
