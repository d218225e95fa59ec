import { oids } from "./oids.ts";

/** The only error of the ASN.1 and CMS readers. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** One element, as a view of the bytes it was read from. Its insides are read when they are asked for. */
export interface Der {
  /** The identifier octet: class, constructed bit and tag. */
  readonly tag: number;
  /** The whole element. */
  readonly bytes: Buffer;
  readonly content: Buffer;
  /** False when it, or what encloses its end, uses an indefinite length (BER). */
  readonly definite: boolean;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8: 0x0c,
  printable: 0x13,
  ia5: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  constructedOctets: 0x24,
} as const;

/** Limits of the reader; a CMS message of a device is about 3 KB, one with a profile inside up to 10 MiB. */
const limits = { bytes: 12 * 1024 * 1024, depth: 32, children: 1_000, scanned: 10_000 };

/**
 * The one element that the bytes are, with nothing after it. Lengths must be minimal; indefinite ones are
 * accepted, because Apple's and OpenSSL's streaming CMS writers use them. Throws DerError and nothing else.
 */
export function readDer(bytes: Uint8Array): Der {
  if (bytes.length > limits.bytes) throw new DerError("message too large");
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const element = readAt(buffer, 0);
  if (element.bytes.length !== buffer.length) throw new DerError("bytes after the end");
  return element;
}

/** The elements inside a constructed one. */
export function children(parent: Der): Der[] {
  if ((parent.tag & 0x20) === 0) throw new DerError("not constructed");
  const elements: Der[] = [];
  for (let at = 0; at < parent.content.length; ) {
    if (elements.length >= limits.children) throw new DerError("too many elements");
    const element = readAt(parent.content, at);
    elements.push(element);
    at += element.bytes.length;
  }
  return elements;
}

/** The elements inside one that must have this tag. */
export function childrenOf(parent: Der | undefined, tag: number): Der[] {
  return children(expectTag(parent, tag));
}

/** The element itself, when it has this tag. */
export function expectTag(element: Der | undefined, tag: number): Der {
  if (element === undefined) throw new DerError("missing element");
  if (element.tag !== tag) throw new DerError(`expected tag ${tag}, found ${element.tag}`);
  return element;
}

/** Those of `oids` that were read before, by their bytes: every signature names ten of them. */
const readBefore = new Map<string, string>();
const ours: ReadonlySet<string> = new Set(Object.values(oids));

/** An object identifier in dotted form. */
export function readOid(element: Der | undefined): string {
  const { content } = expectTag(element, tags.oid);
  const name = content.length > 32 ? "" : content.toString("latin1");
  const known = readBefore.get(name);
  if (known !== undefined) return known;
  const dotted = decodeOid(content);
  if (ours.has(dotted)) readBefore.set(name, dotted);
  return dotted;
}

function decodeOid(content: Buffer): string {
  if (content.length === 0 || content.length > 32) throw new DerError("bad object identifier");
  const numbers: number[] = [];
  let value = 0;
  for (const [index, byte] of content.entries()) {
    const first = index === 0 || ((content[index - 1] ?? 0) & 0x80) === 0;
    if ((first && byte === 0x80) || value > 0xff_ffff) throw new DerError("bad object identifier");
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    numbers.push(value);
    value = 0;
  }
  if (((content.at(-1) ?? 0) & 0x80) !== 0) throw new DerError("bad object identifier");
  const root = Math.min(2, Math.floor((numbers[0] ?? 0) / 40));
  return [root, (numbers[0] ?? 0) - root * 40, ...numbers.slice(1)].join(".");
}

/** The content of an INTEGER: two's complement, minimal. */
export function readInteger(element: Der | undefined): Buffer {
  const { content } = expectTag(element, tags.integer);
  const [first, second] = content;
  if (first === undefined || content.length > 1_000) throw new DerError("bad integer");
  const padded =
    second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (padded) throw new DerError("integer is not minimal");
  return content;
}

/** A small non-negative INTEGER such as a version. */
export function readSmall(element: Der | undefined): number {
  const content = readInteger(element);
  if (content.length > 4 || (content[0] ?? 0) >= 0x80) throw new DerError("integer out of range");
  return content.readUIntBE(0, content.length);
}

/** The bytes of a BIT STRING without unused bits. */
export function readBits(element: Der | undefined): Buffer {
  const { content } = expectTag(element, tags.bitString);
  if (content[0] !== 0) throw new DerError("bad bit string");
  return content.subarray(1);
}

/** The bytes of an OCTET STRING, in one piece or in several (BER); `implicit` is its tag when replaced. */
export function readOctets(element: Der | undefined, implicit: number = tags.octetString): Buffer {
  if (element?.tag === implicit) return element.content;
  const pieces = childrenOf(element, implicit | 0x20);
  return Buffer.concat(pieces.map((piece) => expectTag(piece, tags.octetString).content));
}

/** The text of a PrintableString, UTF8String or IA5String. */
export function readText(element: Der | undefined): string {
  const known: readonly number[] = [tags.utf8, tags.printable, tags.ia5];
  if (element === undefined || !known.includes(element.tag)) throw new DerError("expected a string");
  return element.content.toString("utf8");
}

function readAt(buffer: Buffer, at: number): Der {
  const tag = byteAt(buffer, at);
  if ((tag & 0x1f) === 0x1f) throw new DerError("tag numbers above 30 are not used here");
  const first = byteAt(buffer, at + 1);
  if (first === 0x80) return readIndefinite(buffer, at, tag);
  const { start, length } = first < 0x80 ? { start: at + 2, length: first } : longLength(buffer, at, first);
  const end = start + length;
  if (end > buffer.length) throw new DerError("truncated");
  return { tag, bytes: buffer.subarray(at, end), content: buffer.subarray(start, end), definite: true };
}

function longLength(buffer: Buffer, at: number, first: number) {
  const size = first & 0x7f;
  if (size === 0 || size > 4 || at + 2 + size > buffer.length) throw new DerError("bad length");
  const length = buffer.readUIntBE(at + 2, size);
  if (length < 0x80 || length < 256 ** (size - 1)) throw new DerError("length is not minimal");
  return { start: at + 2 + size, length };
}

function readIndefinite(buffer: Buffer, at: number, tag: number): Der {
  if ((tag & 0x20) === 0) throw new DerError("indefinite length of a primitive");
  const start = at + 2;
  const end = endOfContents(buffer, start, { scanned: 0 }, 1);
  return {
    tag,
    bytes: buffer.subarray(at, end + 2),
    content: buffer.subarray(start, end),
    definite: false,
  };
}

/** Where the two zero octets stand that end an element of indefinite length. */
function endOfContents(buffer: Buffer, start: number, work: { scanned: number }, depth: number): number {
  if (depth > limits.depth) throw new DerError("nested too deep");
  let at = start;
  while (byteAt(buffer, at) !== 0 || byteAt(buffer, at + 1) !== 0) {
    if (++work.scanned > limits.scanned) throw new DerError("too many elements");
    const indefinite = byteAt(buffer, at + 1) === 0x80;
    at = indefinite
      ? endOfContents(buffer, at + 2, work, depth + 1) + 2
      : at + readAt(buffer, at).bytes.length;
  }
  return at;
}

function byteAt(buffer: Buffer, at: number): number {
  const byte = buffer[at];
  if (byte === undefined) throw new DerError("truncated");
  return byte;
}
