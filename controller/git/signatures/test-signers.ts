/** For tests: keys made on the spot, and what `git commit -S` would make with them, also as nobody should make it. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

/** How a signature differs from an honest one. */
export interface Crooked {
  readonly namespace?: string;
  readonly hash?: "sha256" | "sha512";
  /** What is named inside, whatever was used. */
  readonly hashName?: string;
  readonly scheme?: string;
  readonly reserved?: string;
  readonly version?: number;
  readonly flags?: number;
  /** Another public key than the one that signs. */
  readonly publicKey?: Uint8Array;
  readonly after?: Uint8Array;
}

export interface TestSigner {
  /** As `id_….pub` holds it. */
  readonly line: string;
  readonly publicKey: Uint8Array;
  readonly sign: (payload: string | Uint8Array, how?: Crooked) => string;
}

export const sshKinds = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "ssh-rsa",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
] as const;
export type SshKind = (typeof sshKinds)[number];

/** A string of SSH's wire format. */
export function sshString(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

function mpint(bytes: Uint8Array): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const short = Buffer.from(bytes.subarray(from));
  return sshString((short[0] ?? 0) > 127 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

/** A key of this kind; those of security keys sign as such a key does after a touch. */
export function sshSigner(kind: SshKind, bits = 2048): TestSigner {
  const isToken = kind.startsWith("sk-");
  const { key, numbers, type } = pairOf(kind, bits);
  const publicKey = Buffer.concat([sshString(kind), numbers, ...(isToken ? [sshString("ssh:")] : [])]);
  return {
    line: `${kind} ${publicKey.toString("base64")} somebody@laptop`,
    publicKey,
    sign(payload, how = {}) {
      const hash = how.hash ?? "sha512";
      const fields = [sshString(how.namespace ?? "git"), sshString(how.reserved ?? "")];
      const named = sshString(how.hashName ?? hash);
      const digest = createHash(hash).update(payload).digest();
      const message = Buffer.concat([Buffer.from("SSHSIG"), ...fields, named, sshString(digest)]);
      const seen = Buffer.from([how.flags ?? 1, 0, 0, 0, 7]);
      const sha = (bytes: string | Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
      const signed = isToken ? Buffer.concat([sha("ssh:"), seen, sha(message)]) : message;
      const scheme = how.scheme ?? (type === "rsa" ? "rsa-sha2-512" : kind);
      const raw = sshString(rawSignature(type, kind, key, scheme, signed));
      const signature = Buffer.concat([sshString(scheme), raw, ...(isToken ? [seen] : [])]);
      const version = Buffer.alloc(4);
      version.writeUInt32BE(how.version ?? 1);
      const blob = Buffer.concat([
        ...[Buffer.from("SSHSIG"), version, sshString(how.publicKey ?? publicKey), ...fields, named],
        ...[sshString(signature), Buffer.from(how.after ?? [])],
      ]);
      return armor(blob);
    },
  };
}

/** Base64 between the lines that frame a signature of SSH. */
export function armor(blob: Uint8Array): string {
  const lines =
    Buffer.from(blob)
      .toString("base64")
      .match(/.{1,70}/g) ?? [];
  return ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----"].join("\n");
}

function pairOf(kind: SshKind, bits: number): { key: KeyObject; numbers: Buffer; type: "ed" | "ec" | "rsa" } {
  const part = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64url");
  if (kind.includes("ed25519")) {
    const pair = generateKeyPairSync("ed25519");
    return {
      key: pair.privateKey,
      numbers: sshString(part(pair.publicKey.export({ format: "jwk" }).x)),
      type: "ed",
    };
  }
  if (kind === "ssh-rsa") {
    const pair = generateKeyPairSync("rsa", { modulusLength: bits });
    const { n, e } = pair.publicKey.export({ format: "jwk" });
    return { key: pair.privateKey, numbers: Buffer.concat([mpint(part(e)), mpint(part(n))]), type: "rsa" };
  }
  const curve = /nistp\d+/.exec(kind)?.[0] ?? "";
  const pair = generateKeyPairSync("ec", { namedCurve: curve.replace("nistp", "P-") });
  const { x, y } = pair.publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.from([4]), part(x), part(y)]);
  return { key: pair.privateKey, numbers: Buffer.concat([sshString(curve), sshString(point)]), type: "ec" };
}

function rawSignature(
  type: "ed" | "ec" | "rsa",
  kind: SshKind,
  key: KeyObject,
  scheme: string,
  signed: Buffer,
): Buffer {
  if (type === "ed") return sign(null, signed, key);
  if (type === "rsa")
    return sign(scheme === "ssh-rsa" ? "sha1" : scheme.replace("rsa-sha2-", "sha"), signed, key);
  const hash = kind.includes("384") ? "sha384" : kind.includes("521") ? "sha512" : "sha256";
  const both = sign(hash, signed, { key, dsaEncoding: "ieee-p1363" });
  return Buffer.concat([mpint(both.subarray(0, both.length / 2)), mpint(both.subarray(both.length / 2))]);
}

/** What stands in a commit. */
export interface CommitFields {
  readonly tree?: string;
  readonly parents?: readonly string[];
  readonly author?: string;
  readonly committer?: string;
  /** Epoch seconds. */
  readonly at?: number;
  readonly message?: string;
}

/** A commit object; with `sign`, signed over exactly itself. */
export function commitText(
  fields: CommitFields,
  sign?: (payload: string) => string | Promise<string>,
): Promise<string> {
  const { tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904", parents = [], at = 1_795_000_000 } = fields;
  const author = fields.author ?? "Lea Roth <lea.roth@acme.example>";
  const head = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${author} ${at} +0100`,
    `committer ${fields.committer ?? author} ${at} +0100`,
  ].join("\n");
  const body = `\n\n${fields.message ?? "A change"}\n`;
  return Promise.resolve(sign?.(`${head}${body}`)).then((signature) =>
    signature === undefined ? `${head}${body}` : `${head}\n${header("gpgsig", signature)}${body}`,
  );
}

/** A header with what continues it. */
export function header(name: string, value: string): string {
  return `${name} ${value.trimEnd().split("\n").join("\n ")}`;
}
