import { limitOf } from "../android-schema/limits.ts";
import type { AndroidFault, AndroidPath, AndroidUse } from "../android-schema/read-value.ts";
import { replacementOf } from "../android-schema/replacements.ts";
import type { AndroidForm } from "../android-schema/schema.ts";
import { androidLabel } from "../android-schema/tables.ts";
import { pathText } from "../path-text.ts";
import { describeValue } from "./describe-value.ts";
import { didYouMean, listed } from "./nearest.ts";
import type { Finding } from "./problem.ts";

/** A fault of a value in Google's keys as people are told it. */
export function androidFinding({ path, field, value, fault }: AndroidFault): Finding {
  const shown = pathText(path);
  switch (fault.type) {
    case "unknown-field": {
      const near = didYouMean(field, fault.known).trim();
      const detail = [
        near === "" ? `${androidLabel} does not have it, and refuses a policy that does.` : near,
      ];
      return { rule: "android-unknown-field", message: `unknown field ${shown}`, detail };
    }
    case "missing-field":
      return missing(path, field);
    case "wrong-type":
      return wrongType(shown, value, fault.expected);
    case "bad-enum": {
      if (typeof value !== "string") return wrongType(shown, value, "enum");
      if (value.includes("${")) return misplaced(shown);
      const near = didYouMean(value, fault.allowed);
      const words = fault.allowed.filter((word) => !word.endsWith("_UNSPECIFIED"));
      const message = `${shown} has a value that Google does not list`;
      return { rule: "android-bad-value", message, detail: [`expected ${listed(words)}.${near}`] };
    }
    case "limit": {
      const { least, most, of } = fault.limit;
      const bounds = [
        ...(least === undefined ? [] : [`at least ${least}`]),
        ...(most === undefined ? [] : [`at most ${most}`]),
      ];
      const unit = of === "value" ? "" : ` ${of}`;
      const detail = [`expected ${bounds.join(" and ")}${unit}.`];
      return { rule: "android-out-of-range", message: `${shown} is out of range`, detail };
    }
    case "rule": {
      const message = `${shown} ${fault.says}`;
      if (fault.isIncomplete !== true) return { rule: "android-contradiction", message };
      const detail = ["Write it beside, or in another profile of the same devices."];
      return { severity: "warning", rule: "android-incomplete", message, detail };
    }
  }
}

/** Another fragment may add to an object, and not to an element of a list. */
function missing(path: AndroidPath, field: string): Finding {
  const inside = path.length > 1 ? ` in ${pathText(path.slice(0, -1))}` : "";
  const message = `${field} is missing${inside}`;
  if (path.some((step) => typeof step === "number"))
    return { rule: "android-missing-field", message, detail: ["Google refuses a policy without it."] };
  const detail = ["Write it beside, or in another profile of the same devices."];
  return { severity: "warning", rule: "android-incomplete", message, detail };
}

function wrongType(shown: string, value: unknown, expected: AndroidForm["type"]): Finding {
  if (typeof value === "string" && value.includes("${")) return misplaced(shown);
  return {
    rule: "android-wrong-type",
    message: `${shown} is ${describeValue(value)}`,
    detail: [`expected ${forms[expected]}.`],
  };
}

function misplaced(shown: string): Finding {
  return {
    rule: "android-wrong-type",
    message: `${shown} cannot hold a variable or a secret`,
    detail: ["They can only stand in texts that Google takes as they are."],
  };
}

const forms: Readonly<Record<AndroidForm["type"], string>> = {
  string: "a text",
  boolean: "true or false",
  int32: "a whole number",
  int64: "a whole number",
  float: "a number",
  double: "a number",
  bytes: "base64",
  timestamp: "a time such as 2026-12-01T09:00:00Z",
  duration: 'seconds such as "600s"',
  fieldMask: "names of fields with commas between them",
  any: "a value",
  enum: "one of Google's words",
  message: "a mapping",
  list: "a list",
  map: "a mapping",
};

/** What is said of a field that may be set, and should not be: nothing in it, or deprecated. */
export function useFindings(use: AndroidUse): readonly Finding[] {
  const { path, schema, name, field, value } = use;
  const shown = pathText(path);
  if (value === null) {
    const detail = ["Remove the key: what is not written is left to the default."];
    return [{ rule: "android-wrong-type", message: `${shown} is nothing`, detail }];
  }
  const whole = field.deprecated === true ? [deprecated(shown, schema, name)] : [];
  return [...whole, ...deprecatedValues(use)];
}

function deprecatedValues({ path, schema, name, field, value }: AndroidUse): readonly Finding[] {
  const form = field.type === "list" ? field.of : field;
  if (form.type !== "enum") return [];
  return [value]
    .flat()
    .filter((one): one is string => typeof one === "string" && form.deprecatedValues?.includes(one) === true)
    .map((one) => deprecated(`${pathText(path)} ${one}`, schema, name, one));
}

function deprecated(shown: string, schema: string, field: string, value?: string): Finding {
  const { by, says } = replacementOf(schema, field, value);
  const detail = [
    ...(says === undefined ? [] : [says]),
    ...(by === undefined ? [] : [`Write ${by} instead.`]),
  ];
  return { severity: "warning", rule: "android-deprecated", message: `${shown} is deprecated`, detail };
}

/** True for a text whose length is only known when its variables are put in. */
export function isUnknownLength({ schema, field, value, fault }: AndroidFault): boolean {
  const isLength = fault.type === "limit" && limitOf(schema, field)?.of === "characters";
  return isLength && typeof value === "string" && value.includes("${");
}
