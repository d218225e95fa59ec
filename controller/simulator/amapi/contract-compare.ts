import type { Recorded } from "./contract-steps.ts";

/**
 * Where two services answered differently, as lines for people: other status codes, fields that only one has, and
 * other values. Values that must differ between services (names, secrets, times) are compared by their form alone.
 */
export function differencesOf(one: readonly Recorded[], other: readonly Recorded[]): readonly string[] {
  const steps = new Map(other.map((recorded) => [recorded.step, recorded]));
  return one.flatMap(({ step, status, body }) => {
    const counterpart = steps.get(step);
    if (counterpart === undefined) return [`${step}: answered by one only`];
    const statuses = status === counterpart.status ? [] : [`${step}: ${status} and ${counterpart.status}`];
    return [...statuses, ...differ(formOf(body), formOf(counterpart.body)).map((line) => `${step}: ${line}`)];
  });
}

function differ(one: unknown, other: unknown, path = ""): readonly string[] {
  if (isFields(one) && isFields(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return keys.flatMap((key) => differ(one[key], other[key], path === "" ? key : `${path}.${key}`));
  }
  const [left, right] = [JSON.stringify(one), JSON.stringify(other)];
  return left === right ? [] : [`${path} is ${left ?? "absent"} and ${right ?? "absent"}`];
}

/** A body without what is different each time anyway. */
function formOf(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) return Object.fromEntries(value.map((one, at) => [at, formOf(one)]));
  if (isFields(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, formOf(one, name)]));
  if (key === "value" || key === "qrCode") return "…";
  if (typeof value !== "string") return value;
  return value
    .replace(/enterprises\/[^/\s]+/g, "enterprises/…")
    .replace(/enrollmentTokens\/[^/\s]+/g, "enrollmentTokens/…")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "…Z");
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
