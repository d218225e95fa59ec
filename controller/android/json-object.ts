/** An object of Google's JSON, of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function textAt(value: JsonObject | undefined, key: string): string | undefined {
  const found = value?.[key];
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function objectAt(value: JsonObject | undefined, key: string): JsonObject | undefined {
  const found = value?.[key];
  return isObject(found) ? found : undefined;
}

export function listAt(value: JsonObject | undefined, key: string): readonly unknown[] {
  const found = value?.[key];
  return Array.isArray(found) ? found : [];
}

/** Google writes RFC 3339 in UTC, with up to nine digits of a second. */
export function timeAt(value: JsonObject | undefined, key: string): number | undefined {
  const at = Date.parse(textAt(value, key) ?? "");
  return Number.isFinite(at) ? at : undefined;
}
