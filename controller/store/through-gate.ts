import { sha256 } from "../core/canonical.ts";
import type { LedgerChange } from "../core/ledger.ts";
import type { ChannelChange, WriteResult } from "../core/ports.ts";
import { type ClosedChange, prepare, type SentChange, wordOf, writeBatch } from "./channel-write.ts";
import type { Database } from "./db.ts";
import { toJson } from "./json.ts";
import type { Sealer } from "./seal.ts";

/**
 * Writes a change that sends the command of an act, or begins it and puts its command off: alone, in a transaction,
 * through the gate of the database. Nothing is written when the gate refuses.
 */
export async function writeThroughGate(
  database: Database,
  sealer: Sealer,
  change: ChannelChange,
  now: number | undefined,
): Promise<WriteResult> {
  const [sent, ...others] = change.ledger.filter(isActSent);
  if (sent?.intent.type !== "act" || others.length > 0) throw new Error("one act at a time");
  const { act } = sent.intent;
  const putOff = change.ledger.find(
    (one): one is ClosedChange => one.type === "closed" && one.id === sent.id && one.status === "notNow",
  );
  const rest: ChannelChange = {
    ...change,
    ledger: change.ledger.filter((one) => one !== sent && one !== putOff),
    acts: change.acts.filter((one) => one.act !== act || one.status !== "sent"),
  };
  const refusal: { reason?: string; lost?: true } = {};
  await database
    .transaction(async (db) => {
      const [result] = await writeBatch(db, [prepare(rest, sealer)]);
      if (result?.type !== "written") refusal.lost = true;
      else {
        const [row] = await db.query<{ answer: string }>(
          `select reeve.release_act($1, c.id, c.device, c.epoch, $2, $3) as answer
           from reeve.channel c where c.id = $4`,
          [
            act,
            toJson({ ...sent, proof: sha256(wordOf(sent.id, sent.at, sealer.wordFor)) }),
            now ?? null,
            change.id,
          ],
        );
        if (row?.answer !== "released") refusal.reason = row?.answer ?? "channel";
        else if (putOff !== undefined)
          await db.query(putOffAct, [
            sent.id,
            putOff.at,
            wordOf(sent.id, sent.at, sealer.wordFor),
            putOff.note ?? null,
            act,
          ]);
      }
      if (refusal.lost || refusal.reason !== undefined) throw rolledBack;
    })
    .catch((error: unknown) => {
      if (error !== rolledBack) throw error;
    });
  if (refusal.lost) return { type: "lost" };
  return refusal.reason === undefined ? { type: "written" } : { type: "refused", reason: refusal.reason };
}

/** What the gate let through and is put off at once: as if the device had answered NotNow, it goes again under its id. */
const putOffAct = `
  with put_off as (
    update reeve.command o set status = 'notNow', closed_at = $2, put_off = $3, note = $4 where o.id = $1
    returning o.device, o.epoch)
  update reeve.act_target t set status = 'ready', updated_at = $2
  from put_off p where t.act = $5 and t.device = p.device and t.epoch = p.epoch and t.status = 'sent'`;

const rolledBack = new Error("rolled back");

/** True for a change that must go through the gate. */
export function sendsAct(change: ChannelChange): boolean {
  return change.ledger.some(isActSent);
}

function isActSent(one: LedgerChange): one is SentChange {
  return one.type === "sent" && one.intent.type === "act";
}
