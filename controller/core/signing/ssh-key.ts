import { createHash } from "node:crypto";
import { fromBase64, Malformed, readFields } from "./fields.ts";

/** A public key of SSH. Integers are big-endian bytes without leading zeros. */
export type SshKey = SshKeyNumbers & {
  /** Base64 of the whole key as it goes over the wire: two keys are the same if this is. */
  readonly blob: string;
  /** `SHA256:…`, as `ssh-keygen -l` shows it. */
  readonly fingerprint: string;
};

type SshKeyNumbers =
  | { readonly type: "ed25519"; readonly point: Uint8Array; readonly application?: string }
  | {
      readonly type: "ecdsa";
      readonly curve: "P-256" | "P-384" | "P-521";
      /** Uncompressed: 4, x, y. */
      readonly point: Uint8Array;
      readonly application?: string;
    }
  | { readonly type: "rsa"; readonly exponent: Uint8Array; readonly modulus: Uint8Array };

/** What was read, or why it cannot be used. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** RFC 8332 and NIST: shorter ones are within reach of those who are determined. */
const leastBits = 2048;
const mostBits = 16_384;

/** A line of `id_….pub` or of `authorized_keys` without options: `TYPE BASE64 COMMENT`. */
export function parseSshKey(line: string): Read<SshKey> {
  if (/PRIVATE KEY-----/.test(line))
    return no("this is a private key: give the public one (NAME.pub), and replace this one if others saw it");
  const [type = "", blob = "", ...comment] = line.trim().split(/[ \t]+/);
  if (line.length > 16_384 || /[\r\n]/.test(line.trim()) || comment.length > 20)
    return no("expected one public key on one line, such as: ssh-ed25519 AAAA… lea@laptop");
  if (/^(ssh-dss|ssh-dsa)$/.test(type))
    return no("DSA is too weak: make another key with ssh-keygen -t ed25519");
  if (/-cert-v\d+@openssh\.com$/.test(type))
    return no("certificates of SSH are not supported: give the key itself");
  if (!names.has(type))
    return no(
      `expected a public key of SSH (${[...names].join(", ")}), such as: ssh-ed25519 AAAA… lea@laptop`,
    );
  return attempt(() => {
    const key = readSshKey(fromBase64(blob));
    if (typeOf(key) !== type) throw new Malformed(`it says that it is ${type} and holds ${typeOf(key)}`);
    return key;
  });
}

/** The key in its wire format (RFC 4253 section 6.6, RFC 5656, RFC 8709; PROTOCOL.u2f of OpenSSH). Throws `Malformed`. */
export function readSshKey(bytes: Uint8Array): SshKey {
  const fields = readFields(bytes);
  const numbers = readNumbers(fields.word(), fields);
  fields.end();
  const fingerprint = createHash("sha256").update(bytes).digest("base64").replace(/=+$/, "");
  return {
    ...numbers,
    blob: Buffer.from(bytes).toString("base64"),
    fingerprint: `SHA256:${fingerprint}`,
  };
}

const curves = { nistp256: ["P-256", 32], nistp384: ["P-384", 48], nistp521: ["P-521", 66] } as const;

function readNumbers(type: string, fields: ReturnType<typeof readFields>): SshKeyNumbers {
  switch (type) {
    case "ssh-ed25519":
      return { type: "ed25519", point: exactly(fields.bytes(), 32) };
    case "sk-ssh-ed25519@openssh.com":
      return { type: "ed25519", point: exactly(fields.bytes(), 32), application: fields.word() };
    case "ssh-rsa":
      return readRsa(fields);
  }
  const name = /^(?:sk-)?ecdsa-sha2-(nistp\d{3})(@openssh\.com)?$/.exec(type)?.[1];
  if (name === undefined || !names.has(type) || fields.word() !== name)
    throw new Malformed("its type is not known");
  const [curve, size] = curves[name as keyof typeof curves];
  const point = exactly(fields.bytes(), 1 + 2 * size);
  if (point[0] !== 4) throw new Malformed("its point is not in the uncompressed form");
  const application = type.startsWith("sk-") ? { application: fields.word() } : {};
  return { type: "ecdsa", curve, point, ...application };
}

function readRsa(fields: ReturnType<typeof readFields>): SshKeyNumbers {
  const [exponent, modulus] = [fields.positive(), fields.positive()];
  const bits = bitsOf(modulus);
  if (bits < leastBits || bits > mostBits)
    throw new Malformed(`an RSA key has ${leastBits} to ${mostBits} bits, and this one ${bits}`);
  if (
    exponent.length > 8 ||
    ((exponent.at(-1) ?? 0) & 1) === 0 ||
    (exponent.length === 1 && exponent[0] === 1)
  )
    throw new Malformed("its exponent is not one");
  return { type: "rsa", exponent, modulus };
}

const names: ReadonlySet<string> = new Set([
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
]);

function typeOf({ blob }: SshKey): string {
  return readFields(Buffer.from(blob, "base64")).word();
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new Malformed("its point has another length");
  return bytes;
}

function bitsOf(number: Uint8Array): number {
  return number.length * 8 - Math.clz32(number[0] ?? 0) + 24;
}

/** What a parser returns, or what is malformed. */
export function attempt<T>(parse: () => T): Read<T> {
  try {
    return { ok: true, value: parse() };
  } catch (error) {
    if (error instanceof Malformed) return no(error.message);
    throw error;
  }
}

function no(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
