/** Made-up identities, requests and tools for the tests of this folder. */
import { execFile, execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import {
  type Authority,
  createAuthority,
  createLeaf,
  issueIdentity,
  type Pem,
  type Registrar,
  readAuthority,
  readRegistrar,
} from "./identity.ts";
import { extension, issueCertificate, type Template } from "./issue.ts";
import { signSha256 } from "./wire/algorithms.ts";
import { encryptEnvelope } from "./wire/cms-enveloped.ts";
import { attribute, signWithAttributes } from "./wire/cms-write.ts";
import {
  bits,
  encode,
  implicit,
  integer,
  nothing,
  octets,
  oid,
  printable,
  raw,
  sequence,
  setOf,
  truth,
  utf8,
} from "./wire/der-writer.ts";
import { oids } from "./wire/oids.ts";

/** 2026-11-01T12:00:00Z. */
export const noon = 1_793_534_400_000;

export interface KeyPair {
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
}

export function rsaKey(bitsOfKey = 2048): KeyPair {
  const pair = generateKeyPairSync("rsa", { modulusLength: bitsOfKey });
  return { publicKey: pair.publicKey.export({ type: "spki", format: "der" }), privateKey: pair.privateKey };
}

export function ecKey(namedCurve = "P-256"): KeyPair {
  const pair = generateKeyPairSync("ec", { namedCurve });
  return { publicKey: pair.publicKey.export({ type: "spki", format: "der" }), privateKey: pair.privateKey };
}

export async function makeAuthority(now = noon): Promise<Authority & { readonly pem: Pem }> {
  const pem = await createAuthority({ organization: "Acme", now, bits: 2048 });
  return { ...readAuthority(pem), pem };
}

export async function makeRegistrar(authority: Authority, now = noon): Promise<Registrar> {
  const leaf = { commonName: "Acme enrollment", usage: "registrar", now } as const;
  return readRegistrar(await createLeaf(authority, leaf), authority);
}

export interface Identity extends KeyPair {
  readonly der: Buffer;
}

/** An identity of this authority, as SCEP would have issued it. */
export async function makeIdentity(
  authority: Authority,
  options: { readonly key?: KeyPair; readonly now?: number } = {},
): Promise<Identity> {
  const key = options.key ?? rsaKey();
  const now = options.now ?? noon;
  return {
    ...key,
    der: await issueIdentity(authority, { publicKey: key.publicKey, enrollmentId: "enrollment-1", now }),
  };
}

/** A certificate that says what it should not. */
export async function makeOdd(
  key: KeyPair,
  signer: { readonly name: Uint8Array | undefined; readonly key: KeyObject },
  template: Partial<Template> = {},
): Promise<Identity> {
  const der = await issueCertificate(
    {
      publicKey: key.publicKey,
      subject: [[oids.commonName, "odd"]],
      notBefore: noon - 86_400_000,
      notAfter: noon + 86_400_000,
      usage: "client",
      ...template,
    },
    signer,
  );
  return { ...key, der };
}

/** A PKCS #10 request that asks for another device's name and for the powers of an authority. */
export async function makeRequest(key: KeyPair, challenge: string | undefined): Promise<Buffer> {
  const wishes = sequence(
    extension(oids.basicConstraints, true, sequence(truth(true))),
    extension(oids.subjectAltName, false, sequence(implicit(2, octets(Buffer.from("admin.example"))))),
  );
  const attributes = [
    attribute("1.2.840.113549.1.9.14", wishes),
    ...(challenge === undefined ? [] : [attribute(oids.challengePassword, printable(challenge))]),
  ];
  const info = sequence(
    integer(0),
    sequence(setOf(sequence(oid(oids.commonName), utf8("another-device")))),
    raw(key.publicKey),
    implicit(0, setOf(...attributes)),
  );
  const rsa = key.privateKey.asymmetricKeyType === "rsa";
  const algorithm = rsa ? sequence(oid(oids.sha256WithRsa), nothing()) : sequence(oid(oids.ecdsaWithSha256));
  return encode(sequence(info, algorithm, bits(await signSha256(key.privateKey, encode(info)))));
}

/** A pkiMessage around a request, as a SCEP client sends it to an authority or its registrar. */
export async function makePkiMessage(
  authority: Registrar,
  signer: Identity,
  request: Uint8Array,
  options: { readonly type?: string; readonly transactionId?: string } = {},
): Promise<Buffer> {
  const envelope = encryptEnvelope(request, authority.certificate);
  const who = { certificate: signer.der, chain: [], key: signer.privateKey };
  return signWithAttributes("attached", envelope, who, [
    attribute(oids.scepMessageType, printable(options.type ?? "19")),
    attribute(oids.scepTransactionId, printable(options.transactionId ?? "transaction-1")),
    attribute(oids.scepSenderNonce, octets(Buffer.alloc(16, 7))),
  ]);
}

/** A self-signed certificate, as SCEP clients make one for their first request. */
export function makeSelfSigned(key: KeyPair): Promise<Identity> {
  return makeOdd(key, { name: undefined, key: key.privateKey });
}

/** Runs a program and gives its standard output. */
export const run = promisify(execFile);

/**
 * True when a program that nobody here wrote is there to check us against. Without it the test says so in one
 * visible line and passes, except in CI, where it fails.
 */
export function hasTool(name: string, argument: string): boolean {
  try {
    execFileSync(name, [argument], { stdio: "ignore" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return true;
    const message = `${name} is not installed: its interoperability test did not run`;
    if (process.env.CI === "true") throw new Error(message);
    process.stdout.write(`${message}\n`);
    return false;
  }
}
