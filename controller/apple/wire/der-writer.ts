import forge from "node-forge";
import { tags } from "./der.ts";

/** An element on its way to bytes. node-forge writes; what devices send it never reads. */
export type Asn1 = forge.asn1.Asn1;

const { asn1 } = forge;

/** The DER bytes of an element. */
export function encode(element: Asn1): Buffer {
  return Buffer.from(asn1.toDer(element).getBytes(), "latin1");
}

/** An element that is encoded already, taken as it is. */
export function raw(bytes: Uint8Array): Asn1 {
  const header = (bytes[1] ?? 0) < 0x80 ? 2 : 2 + ((bytes[1] ?? 0) & 0x7f);
  return primitive(bytes[0] ?? 0, bytes.subarray(header));
}

/** A SEQUENCE of elements in the given order. */
export function sequence(...elements: readonly Asn1[]): Asn1 {
  return constructed(tags.sequence, elements);
}

/** A SET OF, its elements in the order that DER demands (X.690 §11.6). */
export function setOf(...elements: readonly Asn1[]): Asn1 {
  const sorted = elements.map(encode).sort(Buffer.compare);
  return constructed(tags.set, sorted.map(raw));
}

/** `[n]` around an element. */
export function explicit(number: number, ...elements: readonly Asn1[]): Asn1 {
  return constructed(0xa0 | number, elements);
}

/** The content of an element under the tag `[n]` instead of its own. */
export function implicit(number: number, element: Asn1): Asn1 {
  const bytes = encode(element);
  const header = (bytes[1] ?? 0) < 0x80 ? 2 : 2 + ((bytes[1] ?? 0) & 0x7f);
  return primitive(0x80 | ((bytes[0] ?? 0) & 0x20) | number, bytes.subarray(header));
}

/** An OBJECT IDENTIFIER from its dotted form. */
export function oid(dotted: string): Asn1 {
  return primitive(tags.oid, Buffer.from(asn1.oidToDer(dotted).getBytes(), "latin1"));
}

/** A small non-negative INTEGER, or the two's complement bytes of any. */
export function integer(value: number | Uint8Array): Asn1 {
  if (typeof value !== "number") return primitive(tags.integer, value);
  return primitive(tags.integer, Buffer.from(asn1.integerToDer(value).getBytes(), "latin1"));
}

/** An OCTET STRING. */
export function octets(bytes: Uint8Array): Asn1 {
  return primitive(tags.octetString, bytes);
}

/** A BIT STRING whose last byte has `unused` bits that do not count. */
export function bits(bytes: Uint8Array, unused = 0): Asn1 {
  return primitive(tags.bitString, Buffer.concat([Buffer.from([unused]), bytes]));
}

/** NULL. */
export function nothing(): Asn1 {
  return primitive(tags.null, Buffer.alloc(0));
}

/** A BOOLEAN. */
export function truth(value: boolean): Asn1 {
  return primitive(tags.boolean, Buffer.from([value ? 0xff : 0]));
}

/** A UTF8String. */
export function utf8(text: string): Asn1 {
  return primitive(tags.utf8, Buffer.from(text, "utf8"));
}

/** A PrintableString; the caller vouches for its alphabet. */
export function printable(text: string): Asn1 {
  return primitive(tags.printable, Buffer.from(text, "latin1"));
}

/** A moment in whole seconds: UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function time(at: number): Asn1 {
  const digits = new Date(at).toISOString().replace(/[-:T]/g, "").slice(0, 14);
  const short = Number(digits.slice(0, 4)) < 2050;
  return primitive(
    short ? tags.utcTime : tags.generalizedTime,
    Buffer.from(`${short ? digits.slice(2) : digits}Z`),
  );
}

/** The identifier octet is given whole; node-forge writes it as it is. */
function primitive(tag: number, content: Uint8Array): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, tag, false, Buffer.from(content).toString("latin1"));
}

function constructed(tag: number, elements: readonly Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, tag & ~0x20, true, [...elements]);
}
