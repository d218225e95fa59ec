import { isUtf8 } from "node:buffer";
import { PlistError, type PlistValue, plistLimits, Real } from "./plist.ts";
import { readBytes, readDate, readInteger, readReal, unescapeText } from "./plist-scalar.ts";

/**
 * The value of an XML property list. Accepts exactly Apple's grammar in UTF-8: its literal DOCTYPE or none,
 * no other declaration, no processing instruction but the XML header, no duplicate key, nothing after the
 * end, and no more than `plistLimits`. Throws PlistError with the place, and nothing else.
 */
export function readPlist(bytes: Uint8Array): PlistValue {
  if (bytes.length > plistLimits.bytes) throw new PlistError(`larger than ${plistLimits.bytes} bytes`);
  if (!isUtf8(bytes)) throw new PlistError("not UTF-8");
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return new Reader(unixLines(buffer).toString("utf8")).document();
}

/** Line ends as an XML reader must see them (XML 1.0 §2.11); on bytes, where it costs the least. */
function unixLines(bytes: Buffer): Buffer {
  if (!bytes.includes(0x0d)) return bytes;
  const result = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte !== 0x0d) result[length++] = byte;
    else if (bytes[index + 1] !== 0x0a) result[length++] = 0x0a;
  }
  return result.subarray(0, length);
}

const tags: ReadonlySet<string> = new Set(
  ["dict", "array", "key", "string", "integer", "real", "date", "data", "true", "false"].flatMap((name) => [
    name,
    `/${name}`,
    `${name}/`,
  ]),
);

const header =
  /<\?xml[ \t\n]+version=(["'])1\.0\1(?:[ \t\n]+encoding=(["'])utf-8\2)?(?:[ \t\n]+standalone=(["'])(?:yes|no)\3)?[ \t\n]*\?>/iy;
/** Apple's own over the years; the address is never fetched. */
const doctype =
  /<!DOCTYPE[ \t\n]+plist[ \t\n]+PUBLIC[ \t\n]+"-\/\/Apple(?: Computer| Inc)?\/\/DTD PLIST 1\.0\/\/EN"[ \t\n]+"https?:\/\/www\.apple\.com\/DTDs\/PropertyList-1\.0\.dtd"[ \t\n]*>/y;
const root = /<plist(?:[ \t\n]+version=(["'])1\.0\1)?[ \t\n]*>/y;
const end = /<\/plist[ \t\n]*>/y;

class Reader {
  readonly #text: string;
  /** No reference and no end of CDATA anywhere: asked once, it need not be asked of each of 100,000 texts. */
  readonly #isPlain: boolean;
  #at = 0;
  #entries = 0;
  #references = 0;
  #comments = 0;
  #blank: number = plistLimits.blank;

  constructor(text: string) {
    this.#text = text;
    this.#isPlain = !text.includes("&") && !text.includes("]]>");
  }

  document(): PlistValue {
    if (this.#text.includes("\0")) this.#fail("NUL in text", this.#text.indexOf("\0"));
    if (this.#text.charCodeAt(0) === 0xfeff) this.#at = 1;
    this.#match(header);
    this.#skip();
    if (this.#match(doctype)) this.#skip();
    if (!this.#match(root)) this.#fail("expected <plist>");
    this.#skip();
    const value = this.#value(this.#tag(), 1);
    this.#skip();
    if (!this.#match(end)) this.#fail("expected </plist>");
    this.#skip();
    if (this.#at !== this.#text.length) this.#fail("text after </plist>");
    return value;
  }

  #value(tag: string, depth: number): PlistValue {
    if (depth > plistLimits.depth) this.#fail(`nested deeper than ${plistLimits.depth}`);
    if (++this.#entries > plistLimits.entries) this.#fail(`more than ${plistLimits.entries} values`);
    switch (tag) {
      case "dict":
        return this.#dict(depth);
      case "dict/":
        return Object.create(null);
      case "array":
        return this.#array(depth);
      case "array/":
        return [];
      case "true/":
        return true;
      case "false/":
        return false;
      default:
        return this.#scalar(tag);
    }
  }

  #scalar(tag: string): PlistValue {
    const place = this.#at;
    switch (tag) {
      case "string":
        return this.#content("string");
      case "string/":
        return "";
      case "integer":
        return readInteger(this.#content("integer")) ?? this.#fail("not an integer", place);
      case "real":
        return new Real(readReal(this.#content("real")) ?? this.#fail("not a real", place));
      case "date":
        return readDate(this.#content("date")) ?? this.#fail("not a date (YYYY-MM-DDThh:mm:ssZ)", place);
      case "data":
        return readBytes(this.#content("data")) ?? this.#fail("not base64", place);
      case "data/":
        return Buffer.alloc(0);
      default:
        return this.#fail("unexpected element", place);
    }
  }

  #dict(depth: number): PlistValue {
    const dict: Record<string, PlistValue> = Object.create(null);
    for (;;) {
      this.#skip();
      const place = this.#at;
      const tag = this.#tag();
      if (tag === "/dict") return dict;
      if (tag !== "key" && tag !== "key/") this.#fail("expected <key> or </dict>", place);
      const key = tag === "key" ? this.#content("key") : "";
      if (key in dict) this.#fail("duplicate key", place);
      this.#skip();
      dict[key] = this.#value(this.#tag(), depth + 1);
    }
  }

  #array(depth: number): PlistValue {
    const array: PlistValue[] = [];
    for (;;) {
      this.#skip();
      const tag = this.#tag();
      if (tag === "/array") return array;
      array.push(this.#value(tag, depth + 1));
    }
  }

  /** The name between `<` and `>`, with its slash; empty elements end in one. */
  #tag(): string {
    if (this.#text.charCodeAt(this.#at) !== 0x3c) this.#fail("expected an element");
    const close = this.#text.indexOf(">", this.#at);
    if (close < 0) this.#fail("truncated");
    if (close - this.#at > 64) this.#fail("unexpected element");
    const written = this.#text.slice(this.#at + 1, close);
    const name = tags.has(written) ? written : written.replace(/[ \t\n]+(?=\/?$)/, "");
    if (!tags.has(name)) this.#fail("unexpected element");
    this.#at = close + 1;
    return name;
  }

  /** The text up to the end of an element that holds nothing else. */
  #content(name: string): string {
    let text = "";
    for (;;) {
      const next = this.#text.indexOf("<", this.#at);
      if (next < 0) this.#fail("truncated");
      text += this.#plain(this.#text.slice(this.#at, next));
      this.#at = next;
      if (this.#text.charCodeAt(next + 1) === 0x2f) break;
      text += this.#cdata();
    }
    const place = this.#at;
    if (this.#text.startsWith(name, place + 2) && this.#text.charCodeAt(place + 2 + name.length) === 0x3e) {
      this.#at = place + name.length + 3;
    } else if (this.#tag() !== `/${name}`) this.#fail(`expected </${name}>`, place);
    return text;
  }

  #plain(raw: string): string {
    if (this.#isPlain) return raw;
    if (raw.includes("]]>")) this.#fail("]]> in text");
    if (!raw.includes("&")) return raw;
    const result = unescapeText(raw, plistLimits.references - this.#references);
    if (typeof result === "string") this.#fail(result);
    this.#references += result.count;
    return result.text;
  }

  #cdata(): string {
    if (!this.#text.startsWith("<![CDATA[", this.#at)) this.#fail("unexpected element");
    if (++this.#comments > plistLimits.comments) this.#fail("too many CDATA sections and comments");
    const close = this.#text.indexOf("]]>", this.#at);
    if (close < 0) this.#fail("truncated");
    const raw = this.#text.slice(this.#at + 9, close);
    this.#at = close + 3;
    return raw;
  }

  /** White space and comments, which may stand between elements. */
  #skip(): void {
    this.#blanks();
    while (this.#text.startsWith("<!--", this.#at)) {
      if (++this.#comments > plistLimits.comments) this.#fail("too many CDATA sections and comments");
      const close = this.#text.indexOf("--", this.#at + 4);
      if (close < 0 || this.#text[close + 2] !== ">") this.#fail("malformed comment");
      this.#at = close + 3;
      this.#blanks();
    }
  }

  #blanks(): void {
    const text = this.#text;
    const limit = this.#at + this.#blank;
    let at = this.#at;
    for (; at <= limit; at++) {
      const code = text.charCodeAt(at);
      if (code !== 0x0a && code !== 0x20 && code !== 0x09) break;
    }
    if (at > limit) this.#fail("too much white space");
    this.#blank -= at - this.#at;
    this.#at = at;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #fail(message: string, place = this.#at): never {
    if (place > 1_000_000) throw new PlistError(`${message} (character ${place + 1})`);
    const before = this.#text.slice(0, place).split("\n");
    throw new PlistError(message, { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
  }
}
