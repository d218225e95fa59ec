import type { StatusView } from "./views.ts";

const mostNamed = 3;

/** Secrets that are in use and cannot be read. */
export function unreadableWarnings(names: readonly string[]): StatusView["warnings"] {
  if (names.length === 0) return [];
  const more = names.length > mostNamed ? ` and ${names.length - mostNamed} more` : "";
  const message = `secrets cannot be read: ${names.slice(0, mostNamed).join(", ")}${more}; what was sent with them stays`;
  return [{ message, hint: "put the value back, or remove what uses it" }];
}
