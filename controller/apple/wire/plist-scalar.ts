/** A decimal or hexadecimal integer of at most 64 bits, as CoreFoundation writes and reads them. */
export function readInteger(text: string): number | bigint | undefined {
  const match = /^[ \t\r\n]*([+-]?)(\d{1,20}|0[xX][0-9a-fA-F]{1,16})[ \t\r\n]*$/.exec(text);
  const digits = match?.[2];
  if (digits === undefined) return undefined;
  const negative = match?.[1] === "-";
  if (digits.length <= 15) {
    const small = Number(digits);
    return negative && small !== 0 ? -small : small;
  }
  const value = negative ? -BigInt(digits) : BigInt(digits);
  if (value < -(2n ** 63n) || value >= 2n ** 64n) return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

/** A floating point number, or CoreFoundation's words for what is not a finite one. */
export function readReal(text: string): number | undefined {
  const trimmed = text.length > 400 ? "" : text.trim();
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?$/.test(trimmed)) return Number(trimmed);
  const word = /^([+-]?)(?:inf|infinity)$/i.exec(trimmed);
  if (word !== null) return word[1] === "-" ? -Infinity : Infinity;
  return /^[+-]?nan$/i.test(trimmed) ? Number.NaN : undefined;
}

/** A moment in UTC with whole seconds; days and hours that do not exist are refused. */
export function readDate(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text)) return undefined;
  const date = new Date(text);
  return !Number.isNaN(date.getTime()) && writeDate(date) === text ? date : undefined;
}

/** The form in which property lists write a moment; milliseconds are cut off. */
export function writeDate(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Base64 with white space anywhere; other characters and wrong padding are refused. */
export function readBytes(text: string): Buffer | undefined {
  const last = text.trimEnd();
  const padding = last.endsWith("==") ? 2 : last.endsWith("=") ? 1 : 0;
  if (last.length % 4 === 0 && !/[-_]/.test(last)) {
    // Without white space the native decoder skips what it does not know, so the length tells.
    const bytes = Buffer.from(last, "base64");
    if (bytes.length === (last.length / 4) * 3 - padding) return bytes;
  }
  let letters = 0;
  for (let at = 0; at < last.length - padding; at++) {
    const code = last.charCodeAt(at);
    if (base64Letters[code] === 1) letters++;
    else if (code !== 0x20 && code !== 0x0a && code !== 0x09) return undefined;
  }
  return (letters + padding) % 4 === 0 ? Buffer.from(last, "base64") : undefined;
}

const base64Letters = new Uint8Array(65_536);
for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
  base64Letters[letter.charCodeAt(0)] = 1;
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text with the five named and all numeric references resolved once; a message when one is not valid. */
export function unescapeText(
  text: string,
  allowed: number,
): { readonly text: string; readonly count: number } | string {
  const parts = text.split("&", allowed + 2);
  if (parts.length > allowed + 1) return "too many character references";
  let result = parts[0] ?? "";
  for (const part of parts.slice(1)) {
    const close = part.indexOf(";");
    const character = close < 0 || close > 10 ? undefined : resolve(part.slice(0, close));
    if (character === undefined) return "unknown entity";
    result += character + part.slice(close + 1);
  }
  return { text: result, count: parts.length - 1 };
}

function resolve(name: string): string | undefined {
  if (Object.hasOwn(named, name)) return named[name];
  const match = /^#(?:(\d{1,7})|x([0-9a-fA-F]{1,6}))$/.exec(name);
  if (match === null) return undefined;
  const code = match[1] !== undefined ? Number(match[1]) : Number.parseInt(match[2] ?? "", 16);
  const forbidden = code === 0 || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff;
  return forbidden ? undefined : String.fromCodePoint(code);
}
