import { createPrivateKey, generateKeyPair, hash, type KeyObject, type X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import { issueCertificate } from "./issue.ts";
import { parseCertificate, readCertificate } from "./wire/certificate.ts";
import { oids } from "./wire/oids.ts";

/** The authority that issues the identities of devices. It signs leaves and nothing between. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/**
 * Speaks for the authority in SCEP (an RA, whose certificate RFC 8894 §4.2.1.2 sends along): opens requests and signs replies, so that the
 * authority's key, which is longer and lasts, signs certificates and nothing else.
 */
export interface Registrar {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

/** A key pair and its certificate as texts, the way they are kept in files and in the store. */
export interface Pem {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const day = 86_400_000;
const generate = promisify(generateKeyPair);

/** A new authority, self-signed, valid for ten years from an hour before `now`. */
export async function createAuthority(options: {
  readonly organization: string;
  readonly now: number;
  readonly bits?: 2048 | 3072;
}): Promise<Pem> {
  const { publicKey, privateKey } = await generate("rsa", { modulusLength: options.bits ?? 3072 });
  const template = {
    publicKey: publicKey.export({ type: "spki", format: "der" }),
    subject: [
      [oids.organizationName, options.organization],
      [oids.commonName, `${options.organization} device identities`],
    ],
    ...validity(options.now, 3_650),
    usage: "authority",
  } as const;
  return pem(await issueCertificate(template, { name: undefined, key: privateKey }), privateKey);
}

/** A key pair with a certificate of this authority, for embedded servers, the signer of profiles and the registrar. */
export async function createLeaf(
  authority: Authority,
  options: {
    readonly commonName: string;
    readonly hosts?: readonly string[];
    readonly usage: "server" | "signer" | "registrar";
    readonly now: number;
    readonly days?: number;
  },
): Promise<Pem> {
  const { publicKey, privateKey } = await generate("rsa", { modulusLength: 2048 });
  const template = {
    publicKey: publicKey.export({ type: "spki", format: "der" }),
    subject: [[oids.commonName, options.commonName]],
    ...validity(options.now, options.days ?? 397),
    usage: options.usage,
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
  } as const;
  return pem(
    await issueCertificate(template, { name: subjectOf(authority), key: authority.key }),
    privateKey,
  );
}

/**
 * An identity certificate in DER for the holder of `publicKey`: CN is the enrollment id that we choose,
 * for client authentication only, valid for at most a year. Nothing else of a request enters it.
 */
export function issueIdentity(
  authority: Authority,
  options: {
    readonly publicKey: Uint8Array;
    readonly enrollmentId: string;
    readonly now: number;
    readonly days?: number;
  },
): Promise<Buffer> {
  const template = {
    publicKey: options.publicKey,
    subject: [[oids.commonName, options.enrollmentId]],
    ...validity(options.now, Math.min(options.days ?? 365, 365)),
    usage: "client",
  } as const;
  return issueCertificate(template, { name: subjectOf(authority), key: authority.key });
}

/** The authority of these texts. Throws what node:crypto throws when they are not a certificate and its key. */
export function readAuthority(texts: Pem): Authority {
  const certificate = parseCertificate(Buffer.from(texts.certificatePem));
  const key = createPrivateKey(texts.keyPem);
  if (!certificate.checkPrivateKey(key)) throw new Error("the authority's certificate and key do not match");
  if (!certificate.ca) throw new Error("the authority's certificate is not one of an authority");
  return { certificate, key };
}

/** The registrar of these texts. Throws when they are not a certificate of this authority and its key. */
export function readRegistrar(texts: Pem, authority: Authority): Registrar {
  const certificate = parseCertificate(Buffer.from(texts.certificatePem));
  const key = createPrivateKey(texts.keyPem);
  if (!certificate.checkPrivateKey(key)) throw new Error("the registrar's certificate and key do not match");
  if (!certificate.verify(authority.certificate.publicKey))
    throw new Error("the registrar's certificate is of another authority");
  return { certificate, key };
}

/** Why a certificate is not one of our identities. */
export type IdentityFault = "not-ours" | "is-authority" | "wrong-usage" | "expired" | "not-yet-valid";

/**
 * Undefined when the certificate was issued directly by our authority as a client identity and is valid at
 * `now`; otherwise why not. Longer paths do not exist: an identity can never vouch for another.
 */
export function identityFault(
  certificate: X509Certificate,
  authority: Authority["certificate"],
  now: number,
): IdentityFault | undefined {
  if (!certificate.checkIssued(authority) || !certificate.verify(authority.publicKey)) return "not-ours";
  if (certificate.ca) return "is-authority";
  if (!(certificate.keyUsage ?? []).includes(oids.clientAuth)) return "wrong-usage";
  return validityFault(certificate, now);
}

/** The part of `identityFault` that time changes. */
export function validityFault(certificate: X509Certificate, now: number): IdentityFault | undefined {
  if (now < certificate.validFromDate.getTime()) return "not-yet-valid";
  return now > certificate.validToDate.getTime() ? "expired" : undefined;
}

/** The name under which certificates are pinned: SHA-256 of the DER bytes in lower-case hex. */
export function fingerprint(certificate: Uint8Array): string {
  return hash("sha256", certificate);
}

/** The PEM text of a certificate. */
export function certificatePem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function subjectOf(authority: Authority): Buffer {
  return readCertificate(authority.certificate.raw).subject;
}

/** An hour of grace for clocks that run behind. */
function validity(now: number, days: number) {
  return { notBefore: now - 3_600_000, notAfter: now + days * day };
}

function pem(der: Buffer, key: KeyObject): Pem {
  return {
    certificatePem: certificatePem(der),
    keyPem: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
