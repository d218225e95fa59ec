import { createPrivateKey, generateKeyPair, type KeyObject, type X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import { UserError } from "../errors.ts";
import { certificatePem, type Pem } from "./identity.ts";
import { extension, issueCertificate } from "./issue.ts";
import { nameAttribute, parseCertificate, readCertificate } from "./wire/certificate.ts";
import { nothing } from "./wire/der-writer.ts";
import { oids } from "./wire/oids.ts";

/** What a push certificate from identity.apple.com is good for. */
export interface PushCertificate extends Pem {
  /** The subject's UID, `com.apple.mgmt.…`: devices remember it, so it must outlive every renewal. */
  readonly topic: string;
  readonly notAfter: number;
}

/**
 * Reads a push certificate and its key. Throws UserError when they do not fit, are not for MDM, have expired `now`, or
 * have another topic than the enrolled devices: with that one, every device would have to enroll again.
 */
export function readPushCertificate(
  texts: Pem,
  options: { readonly now?: number; readonly expectedTopic?: string },
): PushCertificate {
  const certificate = readPem(texts.certificatePem);
  const key = readKey(texts.keyPem);
  if (!certificate.checkPrivateKey(key))
    fail("push-key-mismatch", "the push certificate and its key do not match");
  const topic = nameAttribute(readCertificate(certificate.raw).subject, oids.userId) ?? "";
  if (!topic.startsWith("com.apple.mgmt.")) {
    fail(
      "push-topic",
      `the certificate's topic is "${topic}", expected one that begins with com.apple.mgmt.`,
    );
  }
  if (options.expectedTopic !== undefined && topic !== options.expectedTopic) {
    fail(
      "push-topic-changed",
      `the certificate's topic is ${topic}, the enrolled devices expect ${options.expectedTopic}`,
      "Renew the existing certificate at identity.apple.com instead of creating a new one.",
    );
  }
  const notAfter = certificate.validToDate.getTime();
  if (options.now !== undefined && notAfter <= options.now) {
    fail("push-expired", `the push certificate expired on ${certificate.validToDate.toISOString()}`);
  }
  const keyPem = key.export({ type: "pkcs8", format: "pem" }).toString();
  return { certificatePem: certificatePem(certificate.raw), keyPem, topic, notAfter };
}

/** A self-signed certificate that looks like one of Apple's, for a push service that is not Apple's. */
export async function createTestPushCertificate(options: {
  readonly topic: string;
  readonly now: number;
}): Promise<Pem> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const template = {
    publicKey: publicKey.export({ type: "spki", format: "der" }),
    subject: [
      [oids.userId, options.topic],
      [oids.commonName, "APSP:test"],
    ],
    notBefore: options.now - 86_400_000,
    notAfter: options.now + 365 * 86_400_000,
    usage: "client",
    // The first is what the apn library asks for whenever the address is not Apple's own.
    extensions: [oids.applePushDevelopment, oids.applePushProduction].map((id) =>
      extension(id, false, nothing()),
    ),
  } as const;
  const der = await issueCertificate(template, { name: undefined, key: privateKey });
  return {
    certificatePem: certificatePem(der),
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function readPem(pem: string): X509Certificate {
  try {
    return parseCertificate(Buffer.from(pem));
  } catch (cause) {
    throw new UserError("push-certificate", "not a certificate in PEM form", { cause });
  }
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const hint = pem.includes("ENCRYPTED")
      ? { hint: "Remove the key's passphrase: openssl pkey -in key.pem." }
      : {};
    throw new UserError("push-key", "not a private key in PEM form without a passphrase", { cause, ...hint });
  }
}

function fail(code: string, message: string, hint?: string): never {
  throw new UserError(code, message, hint === undefined ? {} : { hint });
}
