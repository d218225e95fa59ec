import { createHash } from "node:crypto";

/** An event as it was written, under its number. */
export interface WrittenEvent {
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
  readonly type: string;
  readonly device: string | null;
  readonly subject: string | null;
  readonly message: string;
  readonly by: string | null;
  readonly revision: string | null;
}

/** Numbers from the first to before the last, as PostgreSQL writes ranges. */
export type Range = readonly [from: number, end: number];

/** A seal over some events, and with `previous` over all seals before it. */
export interface Seal {
  readonly n: number;
  readonly previous: Buffer;
  readonly root: Buffer;
  readonly count: number;
  readonly at: number;
  /** The time of the oldest event below it. */
  readonly oldestAt: number;
  readonly seqs: readonly Range[];
  /** The numbers among them that are kept for ever, as the database writes them: hashed as this text. */
  readonly lasting: string;
  /** 32 bytes for each event, in the order of their numbers. */
  readonly leaves: Buffer;
}

/** What stands before the first seal. */
export const noSeal: Buffer = Buffer.alloc(32);

/** The hash of an event; `reeve.event_leaf` computes the same. */
export function leafOf(event: WrittenEvent): Buffer {
  const { seq, at, type, device, subject, message, by, revision } = event;
  const fields = [String(seq), String(at), type, device, subject, message, by, revision];
  return hash(zero, Buffer.from(`reeve event 1\n${fields.map(field).join("")}`, "utf8"));
}

/** The root of the Merkle tree of RFC 6962 over leaves of 32 bytes each; `reeve.merkle_root` computes the same. */
export function rootOf(leaves: Buffer): Buffer {
  let level = Array.from({ length: Math.floor(leaves.length / 32) }, (_, i) =>
    leaves.subarray(i * 32, i * 32 + 32),
  );
  while (level.length > 1) level = pairs(level);
  return level[0] ?? noSeal;
}

function pairs(level: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i] as Buffer, level[i + 1]];
    above.push(right === undefined ? left : hash(one, left, right));
  }
  return above;
}

/** The hash of a seal, which the next one names as its previous; `reeve.seal_hash` computes the same. */
export function sealHash({ n, previous, root, count, at, oldestAt, lasting }: Omit<Seal, "leaves" | "seqs">) {
  const numbers = [String(count), String(at), String(oldestAt)];
  const fields = [String(n), previous.toString("hex"), root.toString("hex"), ...numbers, lasting];
  return hash(Buffer.from(`reeve seal 1\n${fields.map(field).join("")}`, "utf8"));
}

const written = /^\{(\[\d{1,15},\d{1,15}\),?)*\}$/;

/**
 * The ranges of a multirange of whole numbers as PostgreSQL writes it, such as `{[1,5),[7,8)}`. None when one of them
 * has no end, or goes below zero or beyond exact numbers: no seal that reeve made has such a one.
 */
export function rangesOf(multirange: string): readonly Range[] {
  if (!written.test(multirange)) return [];
  return [...multirange.matchAll(/\[(\d+),(\d+)\)/g)].map(([, from, end]) => [Number(from), Number(end)]);
}

const zero = Buffer.of(0);
const one = Buffer.of(1);

function hash(...parts: readonly Buffer[]): Buffer {
  const made = createHash("sha256");
  for (const part of parts) made.update(part);
  return made.digest();
}

// Length-prefixed, so that no two different lists of fields give the same text; what is not there is `-`.
function field(value: string | null): string {
  return value === null ? "-" : `${Buffer.byteLength(value)}:${value},`;
}
