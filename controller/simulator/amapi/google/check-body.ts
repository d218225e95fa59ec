import { type AndroidFault, checkAndroid } from "../../../core/android-schema/read-value.ts";
import { type GoogleError, invalid } from "./google-error.ts";

/**
 * Refuses a body that is no message of the schema, in the words in which Google's front end does it. A body that is
 * only part of a message (`isPart`) breaks no rule between fields and lacks none.
 */
export function checkBody(schema: string, body: object, isPart = false): void {
  const faults = checkAndroid(schema, body).filter(
    ({ fault }) => !isPart || !["rule", "missing-field"].includes(fault.type),
  );
  if (faults.length > 0) throw refusal(faults, snake(schema.charAt(0).toLowerCase() + schema.slice(1)));
}

function refusal(faults: readonly AndroidFault[], root: string): GoogleError {
  const told = faults.map((fault) => ({ field: fieldOf(fault, root), description: sentence(fault, root) }));
  return invalid(told.map(({ description }) => description).join("\n"), told);
}

function sentence({ path, schema, value, field, fault }: AndroidFault, root: string): string {
  const at = snakePath([root, ...path]);
  switch (fault.type) {
    case "unknown-field":
      return `Invalid JSON payload received. Unknown name "${field}" at '${snakePath([root, ...path.slice(0, -1)])}': Cannot find field.`;
    case "bad-enum":
      return `Invalid value at '${at}' (${enumType(schema, field)}), ${JSON.stringify(value)}`;
    case "wrong-type":
      return `Invalid value at '${at}' (TYPE_${fault.expected.toUpperCase()}), ${JSON.stringify(value)}`;
    case "missing-field":
      return `${camelPath(path)} must be set.`;
    case "limit":
      return `${camelPath(path)} must have ${fault.limit.of} from ${fault.limit.least ?? 0} to ${fault.limit.most ?? "any"}.`;
    case "rule":
      return `${camelPath(path)} ${fault.says}.`.trimStart();
  }
}

function enumType(schema: string, field: string): string {
  const name = field.charAt(0).toUpperCase() + field.slice(1);
  return `type.googleapis.com/google.android.devicemanagement.v1.${schema}.${name}`;
}

function fieldOf({ path, fault }: AndroidFault, root: string): string {
  return snakePath([root, ...(fault.type === "unknown-field" ? path.slice(0, -1) : path)]);
}

/** `policy.cross_profile_policies.list[2].name`. */
function snakePath(path: readonly (string | number)[]): string {
  return camelPath(path.map((step) => (typeof step === "number" ? step : snake(step))));
}

function camelPath(path: readonly (string | number)[]): string {
  return path
    .map((step, at) => (typeof step === "number" ? `[${step}]` : `${at > 0 ? "." : ""}${step}`))
    .join("");
}

function snake(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
