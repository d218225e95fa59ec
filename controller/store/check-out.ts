import type { Event } from "../core/ledger.ts";
import { type Db, withRetries } from "./db.ts";
import { appendEvents } from "./events.ts";
import type { Store } from "./open.ts";

/**
 * The device said that it leaves management: its channel, and with a device channel its user channels, are left and
 * what is open ends; the record stays. `events` are told in the same transaction. False, with nothing told, when the
 * channel was not enrolled.
 */
export function checkOut(
  store: Store,
  channel: string,
  at: number,
  events: readonly Event[] = [],
): Promise<boolean> {
  return withRetries(() =>
    store.transaction(async (db) => {
      const rows = await db.query<{ device: string; epoch: number; kind: string }>(
        `update reeve.channel c set status = 'left', due_at = null, version = c.version + 1, last_seen_at = $2
         from reeve.channel own
         where own.id = $1 and own.status <> 'left'
           and (c.id = own.id or (own.kind = 'device' and c.device = own.device and c.status <> 'left'))
         returning own.device, own.epoch, own.kind`,
        [channel, at],
      );
      const [left] = rows;
      if (left === undefined) return false;
      await endOpen(db, left.kind === "device" ? { device: left.device } : { channel }, at);
      await appendEvents(db, events);
      return true;
    }),
  );
}

async function endOpen(db: Db, whose: { device?: string; channel?: string }, at: number): Promise<void> {
  await db.query(
    `update reeve.command
     set status = case when class in ('query', 'converge') then 'abandoned' else 'unknown' end,
       closed_at = $3, note = 'the device left management'
     where (device = $1 or channel = $2) and status in ('sent', 'notNow')`,
    [whose.device ?? null, whose.channel ?? null, at],
  );
  if (whose.device === undefined) return;
  await db.query(
    `update reeve.act_target
     set status = case when status = 'sent' then 'unknown' else 'cancelled' end,
       note = 'the device left management', updated_at = $2
     where device = $1 and status in ('held', 'ready', 'sent')`,
    [whose.device, at],
  );
}
