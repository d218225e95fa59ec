/** DER (X.690) written and read by hand: all that certificates, CMS and SCEP need of ASN.1. */
export type Element = { readonly tag: number; readonly content: Buffer; readonly whole: Buffer };

/** One element: tag, definite length, and the parts joined. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return der(0x30, ...parts);
}

/** SET OF, with its members in the order that DER demands. */
export function setOf(...parts: readonly Buffer[]): Buffer {
  return der(0x31, ...[...parts].sort(Buffer.compare));
}

export function octetString(content: Uint8Array): Buffer {
  return der(0x04, content);
}

export function bitString(content: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), content);
}

export function printableString(text: string): Buffer {
  return der(0x13, Buffer.from(text, "latin1"));
}

export function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text, "utf8"));
}

export function nothing(): Buffer {
  return der(0x05);
}

/** A non-negative INTEGER from a number or from big-endian bytes. */
export function integer(value: number | Uint8Array): Buffer {
  if (typeof value === "number") return integer(Buffer.from(evenHex(value), "hex"));
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start++;
  const digits = value.subarray(start);
  return (digits[0] ?? 0) >= 0x80 ? der(0x02, Buffer.from([0]), digits) : der(0x02, digits);
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime until 2049, GeneralizedTime after it (RFC 5280, 4.1.2.5). */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  return Number(digits.slice(0, 4)) < 2050
    ? der(0x17, Buffer.from(digits.slice(2), "latin1"))
    : der(0x18, Buffer.from(digits, "latin1"));
}

/** The same content under another tag, as IMPLICIT tagging asks. */
export function retag(tag: number, element: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), element.subarray(1)]);
}

/** The one element that `bytes` holds. Throws when it is malformed or something follows it. */
export function readElement(bytes: Buffer): Element {
  const { element, next } = readAt(bytes, 0);
  if (next !== bytes.length) throw new Error(`${bytes.length - next} bytes follow the ASN.1 element`);
  return element;
}

/** The elements inside a constructed element. */
export function children(parent: Element): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < parent.content.length; ) {
    const { element, next } = readAt(parent.content, at);
    found.push(element);
    at = next;
  }
  return found;
}

/** The child at `index`; throws when there is none. */
export function child(parent: Element, index: number): Element {
  const found = children(parent)[index];
  if (found === undefined)
    throw new Error(`ASN.1 element 0x${parent.tag.toString(16)} has no member ${index}`);
  return found;
}

export function dottedOf(element: Element): string {
  if (element.tag !== 0x06) throw new Error("not an object identifier");
  const arcs: number[] = [];
  let value = 0;
  for (const byte of element.content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = arcs;
  const root = Math.min(2, Math.floor(first / 40));
  return [root, first - root * 40, ...rest].join(".");
}

function readAt(bytes: Buffer, at: number): { element: Element; next: number } {
  const tag = bytes[at];
  const short = bytes[at + 1];
  if (tag === undefined || short === undefined) throw new Error("truncated ASN.1");
  const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
  if (short === 0x80 || lengthBytes > 4) throw new Error("ASN.1 length is not DER");
  const start = at + 2 + lengthBytes;
  if (start > bytes.length) throw new Error("truncated ASN.1");
  const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes);
  const next = start + length;
  if (next > bytes.length) throw new Error("truncated ASN.1");
  return { element: { tag, content: bytes.subarray(start, next), whole: bytes.subarray(at, next) }, next };
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits = Buffer.from(evenHex(length), "hex");
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

function evenHex(value: number): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

function base128(arc: number): number[] {
  const out = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    out.unshift(0x80 | (rest % 128));
  return out;
}
