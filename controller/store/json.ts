// NUL and halves of surrogate pairs, as JSON.stringify writes them: PostgreSQL stores neither.
const suspicious = /\\u(?:0000|d[89a-f])/i;

/** JSON for a jsonb parameter. Characters that PostgreSQL cannot hold become U+FFFD. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value);
  return suspicious.test(text) ? JSON.stringify(storable(value)) : text;
}

/** A text that PostgreSQL can hold. */
export function toText(value: string): string {
  return value.replaceAll("\0", "\uFFFD").toWellFormed();
}

function storable(value: unknown): unknown {
  if (typeof value === "string") return toText(value);
  if (Array.isArray(value)) return value.map(storable);
  if (value === null || typeof value !== "object") return value;
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [toText(key), storable(inner)]));
}
