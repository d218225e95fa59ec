import type { PlainType } from "./schema.ts";

/**
 * True when a JSON value can be read as a plain type, as Google's servers read it: whole numbers also as texts, the
 * rest as the JSON form of protocol buffers says.
 */
export function isPlain(type: PlainType, value: unknown): boolean {
  return checks[type](value);
}

const checks: Readonly<Record<PlainType, (value: unknown) => boolean>> = {
  any: () => true,
  string: (value) => typeof value === "string",
  fieldMask: (value) => typeof value === "string" && /^[A-Za-z0-9_.,*]*$/.test(value),
  boolean: (value) => typeof value === "boolean",
  int32: (value) => isWhole(value, 32n),
  int64: (value) => isWhole(value, 64n),
  float: isReal,
  double: isReal,
  bytes: (value) => typeof value === "string" && isBase64(value),
  timestamp: (value) => typeof value === "string" && isTimestamp(value),
  duration: (value) => typeof value === "string" && /^-?\d{1,12}(\.\d{1,9})?s$/.test(value),
};

function isWhole(value: unknown, bits: bigint): boolean {
  const whole = wholeOf(value);
  if (whole === undefined) return false;
  const half = 1n << (bits - 1n);
  return whole >= -half && whole < half;
}

/** A whole number in any of the forms that JSON has for it; numbers that have lost digits are none. */
export function wholeOf(value: unknown): bigint | undefined {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  return typeof value === "string" && /^-?\d{1,19}$/.test(value) ? BigInt(value) : undefined;
}

function isReal(value: unknown): boolean {
  if (typeof value === "bigint") return true;
  if (typeof value === "number") return Number.isFinite(value);
  return (
    typeof value === "string" && /^(NaN|-?Infinity|-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?)$/.test(value)
  );
}

/** Both alphabets, with padding or without. */
function isBase64(text: string): boolean {
  const [, digits = "", padding = ""] = /^([A-Za-z0-9+/_-]*)(={0,2})$/.exec(text) ?? [];
  if (digits.length + padding.length !== text.length || digits.length % 4 === 1) return false;
  return padding === "" || (digits.length + padding.length) % 4 === 0;
}

function isTimestamp(text: string): boolean {
  const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
  return form.test(text) && !Number.isNaN(Date.parse(text));
}
