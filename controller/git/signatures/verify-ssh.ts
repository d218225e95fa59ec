import { constants, createHash, createPublicKey, verify } from "node:crypto";
import { sshJwk } from "../../core/signing/ssh-jwk.ts";
import type { SshKey } from "../../core/signing/ssh-key.ts";
import type { SshSignature } from "../../core/signing/ssh-signature.ts";

/** Git signs under this name, so that what was signed for another purpose is no commit (gitformat-signature). */
const namespace = "git";

/**
 * Why a signature of SSH is not one over these bytes by its own key, or undefined when it is (PROTOCOL.sshsig of
 * OpenSSH). Whose key it is has been looked up before.
 */
export function sshFault(signature: SshSignature, payload: Uint8Array): string | undefined {
  if (signature.namespace !== namespace)
    return `it was made for "${signature.namespace}", and not for Git (namespace "${namespace}")`;
  const message = Buffer.concat([
    Buffer.from("SSHSIG"),
    field(namespace),
    field(""),
    field(signature.hash),
    field(createHash(signature.hash).update(payload).digest()),
  ]);
  const { token } = signature;
  if (token !== undefined && (token.flags & userPresent) === 0) return "nobody touched the security key";
  const signed = token === undefined ? message : tokenMessage(signature.key, token, message);
  return holds(signature, signed) ? undefined : "the signature is not one over this commit";
}

/** PROTOCOL.u2f of OpenSSH: a security key signs its own name, what it has seen, and the digest. */
const userPresent = 1;

function tokenMessage(key: SshKey, token: NonNullable<SshSignature["token"]>, message: Buffer): Buffer {
  const seen = Buffer.alloc(5);
  seen.writeUInt8(token.flags, 0);
  seen.writeUInt32BE(token.counter, 1);
  const application = key.type === "rsa" ? "" : (key.application ?? "");
  return Buffer.concat([sha256(Buffer.from(application, "latin1")), seen, sha256(message)]);
}

const curveHash = { "P-256": "sha256", "P-384": "sha384", "P-521": "sha512" } as const;

function holds({ key, scheme, signature }: SshSignature, signed: Buffer): boolean {
  try {
    const publicKey = createPublicKey({ key: sshJwk(key), format: "jwk" });
    if (key.type === "ed25519") return verify(null, signed, publicKey, signature);
    if (key.type === "ecdsa")
      return verify(curveHash[key.curve], signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, signature);
    const hash = scheme === "rsa-sha2-256" ? "sha256" : "sha512";
    return verify(hash, signed, { key: publicKey, padding: constants.RSA_PKCS1_PADDING }, signature);
  } catch {
    // A point that lies on no curve makes no key.
    return false;
  }
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function field(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
