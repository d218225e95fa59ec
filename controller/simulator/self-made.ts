import { generateKeyPairSync } from "node:crypto";
import { dnsNames, extension, pemOf, selfSignedCertificate } from "./certificate.ts";
import { der, objectId, octetString, sequence } from "./der.ts";

export type PemPair = { readonly certificate: string; readonly key: string };

const FROM = Date.UTC(2020, 0, 1);
const UNTIL = Date.UTC(2049, 0, 1);

/** A self-signed TLS server certificate for loopback: `localhost` and 127.0.0.1. PEM. */
export function loopbackCertificate(commonName = "localhost"): PemPair {
  const loopback = der(0x87, Buffer.from([127, 0, 0, 1]));
  const names = dnsNames([...new Set(["localhost", commonName])]);
  return selfMade(commonName, [
    extension("2.5.29.19", sequence(der(0x01, Buffer.from([0xff]))), true),
    extension("2.5.29.17", sequence(names.subarray(2), loopback)),
    extension("2.5.29.37", sequence(objectId("1.3.6.1.5.5.7.3.1"))),
  ]);
}

/**
 * A self-made MDM push certificate: the topic in the subject's UID and Apple's marks for the development and
 * the production service (1.2.840.113635.100.6.3.1 and .2), which client libraries look for. PEM.
 */
export function pushCertificate(topic: string): PemPair {
  const subject = [
    ["UID", topic],
    ["CN", `APSP:${topic.split(".").at(-1)}`],
  ] as const;
  const nothing = Buffer.from([0x05, 0x00]);
  return selfMade(subject, [
    extension("1.2.840.113635.100.6.3.1", nothing),
    extension("1.2.840.113635.100.6.3.2", nothing),
    extension("2.5.29.37", sequence(objectId("1.3.6.1.5.5.7.3.2"))),
    extension("2.5.29.14", octetString(Buffer.alloc(20, 7))),
  ]);
}

function selfMade(
  subject: string | readonly (readonly [string, string])[],
  extensions: readonly Buffer[],
): PemPair {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const certificate = selfSignedCertificate({
    subject: typeof subject === "string" ? [["CN", subject]] : subject,
    key: privateKey,
    serial: Date.now(),
    notBefore: FROM,
    notAfter: UNTIL,
    extensions,
  });
  return {
    certificate: pemOf(certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}
