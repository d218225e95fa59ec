import { isDict, PlistError, type PlistValue, plistLimits, Real } from "./plist.ts";
import { writeDate } from "./plist-scalar.ts";

const opening =
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n' +
  '<plist version="1.0">\n';

/**
 * The XML property list of a value: equal values with equal key order give equal bytes. Keys stand in the
 * order given, entries that are undefined are left out. Throws PlistError for what XML cannot say
 * (control characters, halves of surrogate pairs) and for numbers that are not integers: wrap them in Real.
 */
export function writePlist(value: PlistValue): Buffer {
  return Buffer.from(`${opening}${write(value, 1)}\n</plist>\n`, "utf8");
}

function write(value: PlistValue, depth: number): string {
  if (depth > plistLimits.depth) throw new PlistError(`nested deeper than ${plistLimits.depth}`);
  if (typeof value === "string") return `<string>${escapeText(value)}</string>`;
  if (typeof value === "boolean") return value ? "<true/>" : "<false/>";
  if (typeof value === "number" || typeof value === "bigint") return `<integer>${integer(value)}</integer>`;
  if (value instanceof Real) return `<real>${real(value.value)}</real>`;
  if (value instanceof Date) return `<date>${date(value)}</date>`;
  if (value instanceof Uint8Array) return `<data>${base64(value)}</data>`;
  return isDict(value) ? writeDict(value, depth) : writeArray(value, depth);
}

function writeDict(dict: Readonly<Record<string, PlistValue | undefined>>, depth: number): string {
  let text = "<dict>\n";
  for (const key of Object.keys(dict)) {
    const value = dict[key];
    if (value !== undefined) text += `<key>${escapeText(key)}</key>\n${write(value, depth + 1)}\n`;
  }
  return `${text}</dict>`;
}

function writeArray(array: readonly PlistValue[], depth: number): string {
  let text = "<array>\n";
  for (const value of array) text += `${write(value, depth + 1)}\n`;
  return `${text}</array>`;
}

function integer(value: number | bigint): string {
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new PlistError(`${value} is not an integer`);
  }
  const wide = BigInt(value);
  if (wide < -(2n ** 63n) || wide >= 2n ** 64n) throw new PlistError("integer of more than 64 bits");
  return wide.toString();
}

function real(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "+infinity" : "-infinity";
  return Object.is(value, -0)
    ? "-0.0"
    : Number.isInteger(value) && Math.abs(value) < 1e21
      ? `${value}.0`
      : `${value}`;
}

function date(value: Date): string {
  const year = value.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new PlistError("date outside the years 0 to 9999");
  return writeDate(value);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;" };

function escapeText(text: string): string {
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new PlistError("text holds a character that XML cannot carry");
  }
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (character) => escapes[character] ?? "") : text;
}
