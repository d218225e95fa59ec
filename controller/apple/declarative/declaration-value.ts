import { Stalled } from "../../errors.ts";
import type { Substitute } from "../payload-value.ts";

type Dictionary = Readonly<Record<string, unknown>>;

/**
 * A value of a manifest as a declaration says it, in JSON: `{"$data": base64}` and `{"$date": …}` are texts there,
 * `{"$real": "1.0"}` is a number. Secrets and device variables are put into strings only, so they can add no
 * structure.
 */
export function declarationValue(value: unknown, substitute: Substitute): unknown {
  if (typeof value === "string") return substitute(value);
  if (Array.isArray(value)) return value.map((one) => declarationValue(one, substitute));
  if (value === null || typeof value !== "object") return value;
  return special(value, substitute) ?? declarationPayload(value as Dictionary, substitute);
}

/** The same for the keys of a declaration. */
export function declarationPayload(content: Dictionary, substitute: Substitute): Dictionary {
  const entries = Object.entries(content).map(([key, inner]) => [key, declarationValue(inner, substitute)]);
  return Object.fromEntries(entries);
}

function special(value: object, substitute: Substitute): unknown {
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return undefined;
  const [key, inner] = entry;
  if (typeof inner !== "string" || !["$data", "$date", "$real"].includes(key)) return undefined;
  const text = substitute(inner);
  if (key !== "$real") return text;
  const number = Number(text);
  // The text may hold a secret, so it is not quoted.
  if (text.trim() === "" || !Number.isFinite(number))
    throw new Stalled("declaration-content", "the text of a $real is not one");
  return number;
}
