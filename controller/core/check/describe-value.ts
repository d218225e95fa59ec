/** What a value is, in words for people: `a list`, `the text "x"`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value === "string") return `the text ${quote(value)}`;
  if (typeof value === "number") return `the number ${value}`;
  return String(value);
}

/** A value as it stands in a message behind a colon: texts in quotes, the rest in words. */
export function showValue(value: unknown): string {
  return typeof value === "string" ? quote(value) : describeValue(value);
}

/** Quotes a text and cuts it to a length that fits into a message; control characters are shown as escapes. */
export function quote(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return JSON.stringify(cut);
}
