import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { certificatePem, type Pem } from "../identity.ts";
import { issueCertificate } from "../issue.ts";
import { oids } from "../wire/oids.ts";

/** Server tokens end after a year; the key serves their renewals too. */
const years = 10;

/**
 * A key and its self-signed certificate, which an administrator uploads to Apple's portal: the server token comes back
 * encrypted to it (Apple: "Generate a public key"). RSA, because the portal takes nothing else.
 */
export async function createTokenKey(server: string, now: number): Promise<Pem> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const der = await issueCertificate(
    {
      publicKey: publicKey.export({ type: "spki", format: "der" }),
      subject: [[oids.commonName, `reeve ${server}`]],
      notBefore: now - 86_400_000,
      notAfter: now + years * 365 * 86_400_000,
      usage: "registrar",
    },
    { name: undefined, key: privateKey },
  );
  return {
    certificatePem: certificatePem(der),
    keyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
