import { createHash, createPublicKey, type KeyObject, randomBytes } from "node:crypto";
import { signatureAlgorithm, signSha256 } from "./wire/algorithms.ts";
import {
  type Asn1,
  bits,
  encode,
  explicit,
  implicit,
  integer,
  octets,
  oid,
  raw,
  sequence,
  setOf,
  time,
  truth,
  utf8,
} from "./wire/der-writer.ts";
import { oids } from "./wire/oids.ts";

/** What a certificate shall say. Nothing of it comes from a device but the public key. */
export interface Template {
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Uint8Array;
  /** Attribute values of the subject by object identifier, in order. */
  readonly subject: readonly (readonly [string, string])[];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly usage: "authority" | "client" | "server" | "signer" | "registrar";
  /** DNS names and IPv4 addresses of a server. */
  readonly hosts?: readonly string[];
  /** A serial number of its own, for tests; random when left out. */
  readonly serial?: Buffer;
  /** Further extensions, encoded; for push certificates in tests. */
  readonly extensions?: readonly Asn1[];
}

/** Who signs the certificate: the encoded name and the key; itself when `issuer` is absent. */
export interface Issuer {
  readonly name: Uint8Array | undefined;
  readonly key: KeyObject;
}

/** A certificate in DER (RFC 5280) with a random serial number of 16 bytes, signed with SHA-256. */
export async function issueCertificate(template: Template, issuer: Issuer): Promise<Buffer> {
  const subject = nameOf(template.subject);
  const algorithm = signatureAlgorithm(issuer.key);
  const tbs = sequence(
    explicit(0, integer(2)),
    integer(template.serial ?? serialNumber()),
    algorithm,
    issuer.name === undefined ? subject : raw(issuer.name),
    sequence(time(template.notBefore), time(template.notAfter)),
    subject,
    raw(template.publicKey),
    explicit(3, sequence(...extensionsOf(template, issuer.key))),
  );
  const signature = await signSha256(issuer.key, encode(tbs));
  return encode(sequence(tbs, algorithm, bits(signature)));
}

/** An extension of a certificate; `value` is wrapped as X.509 demands. */
export function extension(id: string, critical: boolean, value: Asn1): Asn1 {
  return sequence(oid(id), ...(critical ? [truth(true)] : []), octets(encode(value)));
}

/** Positive, so the first bit is clear, and never with a leading zero octet. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  return serial;
}

function nameOf(subject: Template["subject"]): Asn1 {
  return sequence(...subject.map(([type, value]) => setOf(sequence(oid(type), utf8(value)))));
}

/** KeyUsage bits (RFC 5280 §4.2.1.3): octet and number of unused bits. */
const keyUsages = {
  authority: { octet: 0xa6, unused: 1 },
  client: { octet: 0xa0, unused: 5 },
  server: { octet: 0xa0, unused: 5 },
  signer: { octet: 0x80, unused: 7 },
  registrar: { octet: 0xa0, unused: 5 },
} as const;

function extensionsOf(template: Template, key: KeyObject): Asn1[] {
  const { usage } = template;
  const authority = usage === "authority";
  const bitsOfUse = keyUsages[usage];
  const purpose = usage === "client" ? oids.clientAuth : usage === "server" ? oids.serverAuth : undefined;
  const hosts = template.hosts ?? [];
  const constraints = authority ? sequence(truth(true), integer(0)) : sequence();
  return [
    extension(oids.basicConstraints, true, constraints),
    extension(oids.keyUsage, true, bits(Buffer.from([bitsOfUse.octet]), bitsOfUse.unused)),
    ...(purpose === undefined ? [] : [extension(oids.extendedKeyUsage, false, sequence(oid(purpose)))]),
    ...(hosts.length === 0
      ? []
      : [extension(oids.subjectAltName, false, sequence(...hosts.map(alternativeName)))]),
    extension(oids.subjectKeyIdentifier, false, octets(keyIdentifier(template.publicKey))),
    extension(oids.authorityKeyIdentifier, false, sequence(implicit(0, octets(keyIdentifier(spkiOf(key)))))),
    ...(template.extensions ?? []),
  ];
}

function alternativeName(host: string): Asn1 {
  const numbers = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)?.slice(1).map(Number);
  return numbers === undefined
    ? implicit(2, octets(Buffer.from(host, "latin1")))
    : implicit(7, octets(Buffer.from(numbers)));
}

function keyIdentifier(publicKey: Uint8Array): Buffer {
  return createHash("sha1").update(publicKey).digest();
}

const spkis = new WeakMap<KeyObject, Buffer>();

/** The public half of the issuer's key in DER, worked out once. */
function spkiOf(key: KeyObject): Buffer {
  const known = spkis.get(key) ?? createPublicKey(key as never).export({ type: "spki", format: "der" });
  spkis.set(key, known);
  return known;
}
