/**
 * XML property lists as Apple devices write them and read them.
 * This is the devices' own code on purpose: it shares nothing with the server that they test.
 */
const REAL = Symbol("real");

/** An interface, so that it is no dictionary in the eyes of the compiler either. */
export interface Real {
  readonly [REAL]: number;
}
export type PlistValue = string | number | bigint | boolean | Date | Buffer | Real | PlistArray | PlistDict;
export type PlistArray = readonly PlistValue[];
export type PlistDict = { readonly [key: string]: PlistValue };

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0">\n';
const SIMPLE = new Set(["string", "integer", "real", "date", "data"]);
const MAX_DEPTH = 100;

/** A number that is written as `<real>` even when it is whole, such as a battery level of 1. */
export function real(value: number): Real {
  return { [REAL]: value };
}

/** True for a number that stood in a `<real>`. */
export function isReal(value: PlistValue | undefined): boolean {
  if (typeof value === "number") return !Number.isInteger(value);
  return typeof value === "object" && REAL in value;
}

/** The number of a `<real>`; undefined for anything else, such as an `<integer>`. */
export function realOf(value: PlistValue | undefined): number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? undefined : value;
  return typeof value === "object" && REAL in value ? (value as Real)[REAL] : undefined;
}

/** The document as a device writes it: pretty-printed with tabs, with Apple's document type. */
export function writePlist(value: PlistValue): Buffer {
  const out: string[] = [HEAD];
  writeValue(value, "", out);
  out.push("</plist>\n");
  return Buffer.from(out.join(""), "utf8");
}

/** The value of an XML property list. Throws an Error that says what is wrong and where. */
export function readPlist(body: Buffer): PlistValue {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
  const scanner = scan(text);
  const start = scanner.next();
  if (start?.name !== "plist" || start.kind !== "open") throw new Error("no <plist> element");
  const value = readValue(scanner, scanner.next(), 0);
  expectEnd(scanner.next(), "plist");
  if (scanner.next() !== undefined) throw new Error("something follows </plist>");
  return value;
}

/** The dictionary at the root of a property list. Throws when the root is something else. */
export function readDict(body: Buffer): PlistDict {
  const value = readPlist(body);
  if (!isDict(value)) throw new Error("the root is not a dictionary");
  return value;
}

export function isDict(value: PlistValue | undefined): value is PlistDict {
  return (
    typeof value === "object" &&
    !Array.isArray(value) &&
    !Buffer.isBuffer(value) &&
    !(value instanceof Date) &&
    !(REAL in value)
  );
}

function writeValue(value: PlistValue, indent: string, out: string[]): void {
  if (typeof value === "string") out.push(`${indent}<string>${escapeText(value)}</string>\n`);
  else if (typeof value === "boolean") out.push(`${indent}<${value}/>\n`);
  else if (typeof value === "bigint" || Number.isInteger(value))
    out.push(`${indent}<integer>${value}</integer>\n`);
  else if (typeof value === "number") out.push(`${indent}<real>${value}</real>\n`);
  else if (value instanceof Date)
    out.push(`${indent}<date>${value.toISOString().replace(/\.\d+Z$/, "Z")}</date>\n`);
  else if (Buffer.isBuffer(value)) out.push(`${indent}<data>\n${wrapped(value, indent)}${indent}</data>\n`);
  else if (Array.isArray(value)) writeArray(value, indent, out);
  else if (isDict(value)) writeDict(value, indent, out);
  else out.push(`${indent}<real>${(value as unknown as Real)[REAL]}</real>\n`);
}

function writeArray(value: PlistArray, indent: string, out: string[]): void {
  out.push(`${indent}<array>\n`);
  for (const item of value) writeValue(item, `${indent}\t`, out);
  out.push(`${indent}</array>\n`);
}

function writeDict(value: PlistDict, indent: string, out: string[]): void {
  out.push(`${indent}<dict>\n`);
  for (const [key, item] of Object.entries(value)) {
    out.push(`${indent}\t<key>${escapeText(key)}</key>\n`);
    writeValue(item, `${indent}\t`, out);
  }
  out.push(`${indent}</dict>\n`);
}

function wrapped(value: Buffer, indent: string): string {
  const lines = value.toString("base64").match(/.{1,68}/g) ?? [];
  return lines.map((line) => `${indent}${line}\n`).join("");
}

function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (c) => (c === "&" ? "&amp;" : c === "<" ? "&lt;" : "&gt;"));
}

type Token = { readonly kind: "open" | "close" | "empty"; readonly name: string };
type Scanner = { next(): Token | undefined; text(name: string): string };

function scan(text: string): Scanner {
  const markup =
    /\s*(?:<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<!DOCTYPE[^[>]*>|<(\/?)([A-Za-z]+)(?:\s[^<>]*?)?(\/?)>)/y;
  function next(): Token | undefined {
    for (;;) {
      const at = markup.lastIndex;
      const found = markup.exec(text);
      if (found === null) {
        if (text.slice(at).trim() === "") return undefined;
        throw new Error(`unexpected text at ${at}: ${JSON.stringify(text.slice(at, at + 30))}`);
      }
      const token = tokenOf(found);
      if (token !== undefined) return token;
    }
  }
  function textUntil(name: string): string {
    const end = text.indexOf(`</${name}>`, markup.lastIndex);
    if (end < 0) throw new Error(`<${name}> is not closed`);
    const raw = text.slice(markup.lastIndex, end);
    markup.lastIndex = end + name.length + 3;
    return unescapeText(raw);
  }
  return { next, text: textUntil };
}

/** Nothing for comments, processing instructions and the document type. */
function tokenOf([, slash, name, empty]: RegExpExecArray): Token | undefined {
  if (name === undefined) return undefined;
  return { kind: slash === "/" ? "close" : empty === "/" ? "empty" : "open", name };
}

function unescapeText(raw: string): string {
  return raw
    .split(/(<!\[CDATA\[[\s\S]*?\]\]>)/)
    .map((part) => {
      if (part.startsWith("<![CDATA[")) return part.slice(9, -3);
      if (part.includes("<")) throw new Error(`an element inside text: ${part.slice(0, 40)}`);
      return part.replace(/&([^;]{1,10});?/g, (_, name: string) => entity(name));
    })
    .join("");
}

function entity(name: string): string {
  const known: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  const code = /^#x([0-9a-f]+)$/i.exec(name)?.[1];
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
  if (/^#\d+$/.test(name)) return String.fromCodePoint(Number(name.slice(1)));
  const value = known[name];
  if (value === undefined) throw new Error(`unknown entity &${name};`);
  return value;
}

function readValue(scanner: Scanner, token: Token | undefined, depth: number): PlistValue {
  if (token === undefined) throw new Error("the document ends early");
  if (token.kind === "close") throw new Error(`unexpected </${token.name}>`);
  if (depth > MAX_DEPTH) throw new Error("nested too deeply");
  if (token.name === "true" || token.name === "false") return readBoolean(scanner, token);
  if (token.name === "dict") return token.kind === "empty" ? {} : readEntries(scanner, depth);
  if (token.name === "array") return token.kind === "empty" ? [] : readItems(scanner, depth);
  if (!SIMPLE.has(token.name)) throw new Error(`unknown element <${token.name}>`);
  return readSimple(token.name, token.kind === "empty" ? "" : scanner.text(token.name));
}

function readBoolean(scanner: Scanner, token: Token): boolean {
  if (token.kind === "open") expectEnd(scanner.next(), token.name);
  return token.name === "true";
}

function readItems(scanner: Scanner, depth: number): PlistArray {
  const items: PlistValue[] = [];
  let token = scanner.next();
  for (; token?.kind !== "close"; token = scanner.next()) items.push(readValue(scanner, token, depth + 1));
  expectEnd(token, "array");
  return items;
}

function readEntries(scanner: Scanner, depth: number): PlistDict {
  const entries: Record<string, PlistValue> = Object.create(null);
  let token = scanner.next();
  for (; token?.kind !== "close"; token = scanner.next()) {
    if (token?.name !== "key") throw new Error(`<${token?.name}> where a <key> was expected`);
    const key = token.kind === "empty" ? "" : scanner.text("key");
    if (key in entries) throw new Error(`the key ${key} comes twice`);
    entries[key] = readValue(scanner, scanner.next(), depth + 1);
  }
  expectEnd(token, "dict");
  return entries;
}

function readSimple(name: string, text: string): PlistValue {
  if (name === "string") return text;
  if (name === "data") return readData(text);
  if (name === "date") return readDate(text);
  if (name === "integer") return readInteger(text.trim());
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new Error(`not a number: ${text}`);
  // A whole number in <real> is no <integer>, and a device minds the difference.
  return Number.isInteger(value) ? real(value) : value;
}

function readData(text: string): Buffer {
  const packed = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new Error("not base64");
  return Buffer.from(packed, "base64");
}

function readDate(text: string): Date {
  const date = new Date(text.trim());
  if (Number.isNaN(date.getTime())) throw new Error(`not a date: ${text}`);
  return date;
}

function readInteger(text: string): number | bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`not an integer: ${text}`);
  const value = BigInt(text);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function expectEnd(token: Token | undefined, name: string): void {
  if (token?.kind !== "close" || token.name !== name) throw new Error(`</${name}> expected`);
}
