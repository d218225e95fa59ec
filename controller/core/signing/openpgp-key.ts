import { createHash } from "node:crypto";
import { fromBase64, Malformed } from "./fields.ts";
import { attempt, type Read } from "./ssh-key.ts";

/** What is known of a public key of OpenPGP before its own signatures are looked at. */
export interface OpenpgpKey {
  /** Of the primary key, in upper case, as `gpg --fingerprint` shows it without spaces. */
  readonly fingerprint: string;
  /** The armored key, as it was given. */
  readonly armored: string;
}

const longest = 262_144;
const begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const end = "-----END PGP PUBLIC KEY BLOCK-----";

/**
 * One armored public key (RFC 9580, sections 6.2 and 10.1), with whatever subkeys and names. Its primary key is strong
 * enough to be used; whether its own signatures hold is known when something is verified with it.
 */
export function parseOpenpgpKey(armored: string): Read<OpenpgpKey> {
  return attempt(() => {
    if (armored.includes("PRIVATE KEY BLOCK-----"))
      throw new Malformed(
        "this is a private key: give what gpg --export --armor prints, and replace this one if others saw it",
      );
    const packets = readPackets(dearmor(armored.trim()));
    const [primary] = packets;
    if (primary?.tag !== 6) throw new Malformed("it does not begin with a public key");
    if (packets.filter(({ tag }) => tag === 6).length > 1)
      throw new Malformed("it holds several keys: give each an entry of its own");
    if (packets.some(({ tag }) => tag === 5 || tag === 7)) throw new Malformed("it holds a private key");
    return { fingerprint: fingerprintOf(primary.body), armored };
  });
}

function dearmor(text: string): Uint8Array {
  if (text.length > longest || !text.startsWith(begin) || !text.endsWith(end))
    throw new Malformed(`expected one public key as gpg --export --armor prints it (${begin})`);
  const lines = text.slice(begin.length, -end.length).split(/\r?\n/);
  const blank = lines.findIndex((line, index) => index > 0 && line.trim() === "");
  const body = lines.slice(blank + 1).filter((line) => line.trim() !== "");
  // The checksum (RFC 9580, section 6.1.1) is optional, and what it would find is found by the signatures.
  const data = body.at(-1)?.startsWith("=") ? body.slice(0, -1) : body;
  if (blank === -1 || data.length === 0) throw new Malformed("its armor is incomplete");
  return fromBase64(data.map((line) => line.trim()).join(""));
}

interface Packet {
  readonly tag: number;
  readonly body: Uint8Array;
}

/** RFC 9580, section 4.2; keys have no packets of partial or unknown length. */
function readPackets(bytes: Uint8Array): readonly Packet[] {
  const packets: Packet[] = [];
  let at = 0;
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new Malformed("it ends too early");
    return byte;
  };
  const number = (count: number): number => {
    let sum = 0;
    for (let index = 0; index < count; index++) sum = sum * 256 + next();
    return sum;
  };
  while (at < bytes.length) {
    const first = next();
    if ((first & 0x80) === 0) throw new Malformed("a packet of it has no tag");
    const isNew = (first & 0x40) !== 0;
    const length = isNew ? newLength(next, number) : oldLength(first & 3, number);
    if (at + length > bytes.length) throw new Malformed("it ends too early");
    packets.push({ tag: isNew ? first & 0x3f : (first >> 2) & 0x0f, body: bytes.subarray(at, at + length) });
    at += length;
  }
  return packets;
}

function newLength(next: () => number, number: (count: number) => number): number {
  const first = next();
  if (first < 192) return first;
  if (first < 224) return (first - 192) * 256 + next() + 192;
  if (first === 255) return number(4);
  throw new Malformed("a packet of it has a partial length");
}

function oldLength(type: number, number: (count: number) => number): number {
  if (type === 3) throw new Malformed("a packet of it has no length");
  return number(2 ** type);
}

/** RFC 9580, sections 5.5.2 and 9.1. */
function fingerprintOf(body: Uint8Array): string {
  const [version = 0] = body;
  if (version !== 4 && version !== 6) throw new Malformed(`keys of version ${version} are too old`);
  const algorithm = body[5] ?? 0;
  const material = body.subarray(version === 4 ? 6 : 10);
  requireStrong(algorithm, material);
  if (version === 6) return hashed("sha256", [0x9b, ...uint(body.length, 4)], body);
  return hashed("sha1", [0x99, ...uint(body.length, 2)], body);
}

const leastBits = 2048;

function requireStrong(algorithm: number, material: Uint8Array): void {
  if (algorithm === 17) throw new Malformed("DSA is too weak: make another key");
  if (algorithm === 1 || algorithm === 3) {
    const bits = ((material[0] ?? 0) << 8) | (material[1] ?? 0);
    if (bits < leastBits)
      throw new Malformed(`an RSA key has at least ${leastBits} bits, and this one ${bits}`);
    return;
  }
  // ECDSA, EdDSA in its older form, Ed25519 and Ed448.
  if (![19, 22, 27, 28].includes(algorithm))
    throw new Malformed(`algorithm ${algorithm} is not one that signs`);
}

function uint(value: number, bytes: number): readonly number[] {
  return Array.from({ length: bytes }, (_, index) => (value >>> (8 * (bytes - 1 - index))) & 255);
}

function hashed(name: "sha1" | "sha256", prefix: readonly number[], body: Uint8Array): string {
  return createHash(name).update(Uint8Array.from(prefix)).update(body).digest("hex").toUpperCase();
}
