import { createPublicKey, type KeyObject, sign } from "node:crypto";
import {
  bitString,
  der,
  integer,
  nothing,
  objectId,
  octetString,
  printableString,
  sequence,
  setOf,
  time,
  utf8String,
} from "./der.ts";

/** A distinguished name: pairs of short name or dotted identifier and value, outermost first. */
export type Name = readonly (readonly [type: string, value: string])[];

const ATTRIBUTES: Record<string, string> = {
  C: "2.5.4.6",
  L: "2.5.4.7",
  ST: "2.5.4.8",
  O: "2.5.4.10",
  OU: "2.5.4.11",
  CN: "2.5.4.3",
  UID: "0.9.2342.19200300.100.1.1",
};
const SHA256_WITH_RSA = sequence(objectId("1.2.840.113549.1.1.11"), nothing());

/** A Name (RFC 5280, 4.1.2.4), one attribute in each relative name. */
export function nameOf(name: Name): Buffer {
  return sequence(
    ...name.map(([type, value]) => {
      const text = type === "C" ? printableString(value) : utf8String(value);
      return setOf(sequence(objectId(ATTRIBUTES[type] ?? type), text));
    }),
  );
}

export type SelfSigned = {
  readonly subject: Name;
  readonly key: KeyObject;
  /** Who signs instead of the holder. */
  readonly issuer?: { readonly subject: Name; readonly key: KeyObject };
  readonly serial?: number;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly extensions?: readonly Buffer[];
};

/** A version 3 certificate signed with its own RSA key, or that of its issuer, in DER. */
export function selfSignedCertificate(options: SelfSigned): Buffer {
  const name = nameOf(options.subject);
  const { issuer = options } = options;
  const extensions = options.extensions ?? [];
  const body = sequence(
    der(0xa0, integer(2)),
    integer(options.serial ?? 1),
    SHA256_WITH_RSA,
    nameOf(issuer.subject),
    sequence(time(options.notBefore), time(options.notAfter)),
    name,
    publicKeyOf(options.key),
    ...(extensions.length > 0 ? [der(0xa3, sequence(...extensions))] : []),
  );
  return signed(body, issuer.key);
}

/** An X.509 extension; `value` is the DER of its content. */
export function extension(dotted: string, value: Buffer, critical = false): Buffer {
  const flag = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(objectId(dotted), ...flag, octetString(value));
}

export type RequestOptions = {
  readonly subject: Name;
  readonly key: KeyObject;
  readonly challenge?: string;
  readonly dnsNames?: readonly string[];
};

/** A certificate signing request (RFC 2986) with the challengePassword attribute that SCEP uses. */
export function certificateRequest(options: RequestOptions): Buffer {
  const attributes: Buffer[] = [];
  if (options.challenge !== undefined)
    attributes.push(sequence(objectId("1.2.840.113549.1.9.7"), setOf(challengeString(options.challenge))));
  if (options.dnsNames !== undefined)
    attributes.push(
      sequence(
        objectId("1.2.840.113549.1.9.14"),
        setOf(sequence(extension("2.5.29.17", dnsNames(options.dnsNames)))),
      ),
    );
  const info = sequence(
    integer(0),
    nameOf(options.subject),
    publicKeyOf(options.key),
    der(0xa0, ...attributes),
  );
  return signed(info, options.key);
}

/** GeneralNames with DNS names only. */
export function dnsNames(names: readonly string[]): Buffer {
  return sequence(...names.map((name) => der(0x82, Buffer.from(name, "latin1"))));
}

export function pemOf(certificate: Buffer): string {
  const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function challengeString(challenge: string): Buffer {
  return /^[A-Za-z0-9 '()+,./:=?-]*$/.test(challenge) ? printableString(challenge) : utf8String(challenge);
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

function signed(body: Buffer, key: KeyObject): Buffer {
  return sequence(body, SHA256_WITH_RSA, bitString(sign("sha256", body, key)));
}
