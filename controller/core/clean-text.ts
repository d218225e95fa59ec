/** Text of a device as it may be shown and stored: one line, bounded, without control characters. */
export function cleanText(text: string, longest = 1_024): string {
  const clean = text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "");
  return clean.length > longest ? `${clean.slice(0, longest).toWellFormed()}…` : clean;
}
