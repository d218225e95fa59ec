import { createPrivateKey, createSign, generateKeyPair, type KeyObject, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";
import { readCertificateRequest } from "./certificate-request.ts";
import { signatureAlgorithm, signSha256 } from "./wire/algorithms.ts";
import { bits, encode, explicit, integer, oid, raw, sequence, setOf, utf8 } from "./wire/der-writer.ts";
import { oids } from "./wire/oids.ts";
import { writePlist } from "./wire/write-plist.ts";

/** A request for a push certificate and the key that it is for, both as PEM. */
export interface PushRequest {
  readonly requestPem: string;
  readonly keyPem: string;
}

/** A fresh RSA key and a certificate request (RFC 2986) for it; Apple writes a subject of its own. */
export async function createPushRequest(commonName: string): Promise<PushRequest> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const algorithm = signatureAlgorithm(privateKey);
  const info = sequence(
    integer(0),
    sequence(setOf(sequence(oid(oids.commonName), utf8(commonName)))),
    raw(publicKey.export({ type: "spki", format: "der" })),
    explicit(0),
  );
  const signature = await signSha256(privateKey, encode(info));
  const der = encode(sequence(info, algorithm, bits(signature)));
  return {
    requestPem: pem("CERTIFICATE REQUEST", der),
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** What an MDM vendor signs with, as PEM: his certificate, its key, and the authorities up to Apple's root. */
export interface Vendor {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly chainPem: string;
}

/**
 * The file that Apple's push certificate portal takes (Apple: "Setting up push notifications for your MDM customers"):
 * the request, a vendor's signature over it and his chain, as a property list in base64. Throws UserError when the
 * vendor's parts do not belong together.
 */
export function signPushRequest(requestPem: string, vendor: Vendor): string {
  const request = derOf(requestPem, "CERTIFICATE REQUEST");
  readCertificateRequest(request);
  const certificate = certificatesIn(vendor.certificatePem)[0];
  if (certificate === undefined) throw new UserError("vendor-certificate", "not a certificate in PEM form");
  const key = keyOf(vendor.keyPem);
  if (!certificate.checkPrivateKey(key))
    throw new UserError("vendor-key", "the vendor's certificate and key do not match");
  const chain = chainOf(certificate, certificatesIn(vendor.chainPem));
  const signature = createSign("sha256").update(request).sign(key);
  const list = writePlist({
    PushCertCertificateChain: chain.map((one) => one.toString()).join(""),
    PushCertRequestCSR: request.toString("base64"),
    PushCertSignature: signature.toString("base64"),
  });
  return list.toString("base64");
}

/** From the vendor's certificate to the root that signed itself, in order. */
function chainOf(leaf: X509Certificate, others: readonly X509Certificate[]): readonly X509Certificate[] {
  const chain = [leaf];
  for (let last = leaf; !isIssuedBy(last, last); ) {
    const issuer = others.find((one) => !chain.includes(one) && isIssuedBy(last, one));
    if (issuer === undefined)
      throw new UserError(
        "vendor-chain",
        `the chain ends before its root: no certificate of ${nameOf(last)}`,
        {
          hint: "Give Apple's WWDR intermediate and Apple's root, both as PEM in one file.",
        },
      );
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

function isIssuedBy(one: X509Certificate, issuer: X509Certificate): boolean {
  return one.checkIssued(issuer) && one.verify(issuer.publicKey);
}

function nameOf(certificate: X509Certificate): string {
  return certificate.issuer.replaceAll("\n", ", ").slice(0, 200);
}

function certificatesIn(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw new UserError("vendor-certificate", "not a certificate in PEM form", { cause });
  }
}

function keyOf(keyPem: string): KeyObject {
  try {
    return createPrivateKey(keyPem);
  } catch (cause) {
    throw new UserError("vendor-key", "not a private key in PEM form without a passphrase", { cause });
  }
}

function derOf(text: string, label: string): Buffer {
  const found = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(text);
  if (found?.[1] === undefined) throw new UserError("push-request", "not a certificate request in PEM form");
  return Buffer.from(found[1], "base64");
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
