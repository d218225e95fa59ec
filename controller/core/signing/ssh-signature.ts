import { fromBase64, Malformed, readFields } from "./fields.ts";
import { attempt, type Read, readSshKey, type SshKey } from "./ssh-key.ts";

/** A signature as `ssh-keygen -Y sign` makes it (PROTOCOL.sshsig of OpenSSH, version 1), read and not verified. */
export interface SshSignature {
  readonly key: SshKey;
  readonly namespace: string;
  /** What the message is hashed with before it is signed. */
  readonly hash: "sha256" | "sha512";
  readonly scheme: "ed25519" | "ecdsa" | "rsa-sha2-256" | "rsa-sha2-512";
  /** For ECDSA r and s, each as long as the curve's order. */
  readonly signature: Uint8Array;
  /** Of a security key: what it says about the touch, and its counter. */
  readonly token?: { readonly flags: number; readonly counter: number };
}

const longest = 16_384;
const begin = "-----BEGIN SSH SIGNATURE-----\n";
const end = "\n-----END SSH SIGNATURE-----";

/** Reads an armored signature; nothing may stand before, between or after what belongs to it. */
export function parseSshSignature(armored: string): Read<SshSignature> {
  return attempt(() => {
    const text = armored.replace(/\n+$/, "");
    if (text.length > longest || !text.startsWith(begin) || !text.endsWith(end))
      throw new Malformed("it is not framed as a signature of SSH");
    const lines = text.slice(begin.length, -end.length).split("\n");
    if (!lines.every((line) => /^[A-Za-z0-9+/]+={0,2}$/.test(line)))
      throw new Malformed("its base64 is not well formed");
    return readSignature(fromBase64(lines.join("")));
  });
}

function readSignature(blob: Uint8Array): SshSignature {
  if (Buffer.from(blob.subarray(0, 6)).toString("latin1") !== "SSHSIG")
    throw new Malformed("it is no SSHSIG");
  const fields = readFields(blob.subarray(6));
  if (fields.number() !== 1) throw new Malformed("its version is not 1");
  const key = readSshKey(fields.bytes());
  const namespace = fields.word();
  if (fields.bytes().length > 0) throw new Malformed("its reserved field is not empty");
  const hash = fields.word();
  if (hash !== "sha256" && hash !== "sha512")
    throw new Malformed(`${hash || "no hash"} is not a hash for it`);
  const signed = readSigned(fields.bytes(), key);
  fields.end();
  return { key, namespace, hash, ...signed };
}

/** RFC 8709, RFC 5656 section 3.1.2, RFC 8332 section 3; PROTOCOL.u2f of OpenSSH for security keys. */
function readSigned(blob: Uint8Array, key: SshKey): Pick<SshSignature, "scheme" | "signature" | "token"> {
  const fields = readFields(blob);
  const scheme = schemeOf(fields.word(), key);
  const raw = fields.bytes();
  const isToken = key.type !== "rsa" && key.application !== undefined;
  const token = isToken ? { token: { flags: fields.byte(), counter: fields.number() } } : {};
  fields.end();
  return { scheme, signature: signatureOf(raw, key), ...token };
}

function schemeOf(name: string, key: SshKey): SshSignature["scheme"] {
  if (key.type === "rsa") {
    if (name === "rsa-sha2-256" || name === "rsa-sha2-512") return name;
    throw new Malformed(
      name === "ssh-rsa" ? "it is made with SHA-1, which is too weak" : "its scheme is not its key's",
    );
  }
  const own = readFields(Buffer.from(key.blob, "base64")).word();
  if (name !== own) throw new Malformed("its scheme is not its key's");
  return key.type;
}

const orderBytes = { "P-256": 32, "P-384": 48, "P-521": 66 } as const;

function signatureOf(raw: Uint8Array, key: SshKey): Uint8Array {
  if (key.type === "ed25519") return ofLength(raw, 64);
  if (key.type === "rsa") return padded(raw, key.modulus.length);
  const numbers = readFields(raw);
  const size = orderBytes[key.curve];
  const both = [padded(numbers.positive(), size), padded(numbers.positive(), size)];
  numbers.end();
  return Buffer.concat(both);
}

function ofLength(raw: Uint8Array, length: number): Uint8Array {
  if (raw.length !== length) throw new Malformed("it has another length");
  return raw;
}

function padded(raw: Uint8Array, length: number): Uint8Array {
  if (raw.length > length) throw new Malformed("it is too long");
  return Buffer.concat([Buffer.alloc(length - raw.length), raw]);
}
