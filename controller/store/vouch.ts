import { createHmac } from "node:crypto";
import { UserError } from "../errors.ts";
import type { Db } from "./db.ts";
import type { Sealer } from "./seal.ts";

/** What the store vouches for besides what the digest of an act covers. Texts are as the database keeps them. */
export interface VouchedAct {
  readonly id: string;
  readonly name: string;
  readonly digest: string;
  readonly persons: readonly string[];
  readonly revision: string | undefined;
  readonly reason: string;
  readonly createdAt: number;
  readonly coolOffMs: number;
}

/**
 * The mark by which the gate knows that an act was filed by whoever holds the store's key, and not by somebody who
 * only has the database: an HMAC over everything that an approver decides on. `reeve.is_vouched` computes the same.
 */
export function vouchFor(sealer: Sealer, act: VouchedAct): string {
  const persons = act.persons.map(field).join("");
  const fields = [act.id, act.name, act.digest, persons, act.revision ?? "", act.reason];
  const times = [String(act.createdAt), String(act.coolOffMs)];
  return markOf(sealer, `reeve vouches 1\n${[...fields, ...times].map(field).join("")}`);
}

/** The mark of a wish to delete the record of a device. `reeve.forget_device` computes the same. */
export function markOfDeletion(
  sealer: Sealer,
  wish: readonly [string, number, boolean, string, string],
): string {
  return markOf(sealer, `reeve deletes 1\n${wish.map((one) => field(String(one))).join("")}`);
}

function markOf(sealer: Sealer, text: string): string {
  return createHmac("sha256", keyOf(sealer)).update(text).digest("hex");
}

/**
 * Tells the gate by which key acts are vouched for. The first one that it hears of stays. Throws UserError when that
 * was another one.
 */
export async function introduce(db: Db, sealer: Sealer): Promise<void> {
  const key = Buffer.concat([keyOf(sealer), Buffer.alloc(32)]);
  const half = (byte: number): string => Buffer.from(key.map((one) => one ^ byte)).toString("hex");
  const [row] = await db.query<{ known: boolean }>("select reeve.vouch_with($1, $2) as known", [
    half(0x36),
    half(0x5c),
  ]);
  if (row?.known === true) return;
  throw new UserError("wrong-key", "the gate of this database believes another key than the one given", {
    hint: "Find out who has used this database. Then, as its owner: delete from reeve.setting where name = 'vouch'",
  });
}

function keyOf(sealer: Sealer): Buffer {
  return Buffer.from(sealer.wordFor("vouch for acts"), "hex");
}

// Length-prefixed, as in the digest of an act.
function field(value: string): string {
  return `${Buffer.byteLength(value)}:${value},`;
}
