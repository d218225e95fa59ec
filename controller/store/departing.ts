import type { Facts } from "../core/facts.ts";
import type { TargetedDevice } from "../core/freeze.ts";
import type { Entered } from "../core/lifecycle.ts";
import type { Db } from "./db.ts";

/** What is known of where these devices are entered: lists of Apple's portals, and who made them by their own word. */
export async function enteredAmong(db: Db, devices: readonly string[]): Promise<Entered> {
  const rows = await db.query<{ id: string; listed: boolean; maker: string | null }>(
    `select d.id, exists (select from reeve.enrollment_device e where e.serial = d.serial and e.present) as listed,
       (select coalesce(t.body->'hardwareInfo'->>'manufacturer', t.body->'hardwareInfo'->>'brand')
        from reeve.detail t join reeve.channel c on c.id = t.channel
        where c.device = d.id and c.kind = 'device' and t.section = 'device' order by t.collected_at desc limit 1) as maker
     from reeve.device d where d.id = any($1)`,
    [devices],
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return (device) => {
    const found = known.get(device);
    return { listed: found?.listed === true, maker: found?.maker ?? undefined };
  };
}

/** A device that is not managed any more, and everything that manifests may call it. */
export interface Departed extends TargetedDevice {
  readonly named: readonly string[];
}

/**
 * Devices with one of these names that were deprovisioned and have not come back: they can be retired, although there
 * is nothing left to send to them.
 */
export async function departedNamed(db: Db, names: readonly string[]): Promise<readonly Departed[]> {
  if (names.length === 0) return [];
  const rows = await db.query<{ device: string; epoch: number; named: string[]; facts: Facts | null }>(
    `select d.id as device, d.epoch, array_remove(d.named || array[d.id, d.serial, d.alias], null) as named,
       f.body as facts
     from reeve.lifecycle l
     join reeve.device d on d.id = l.device and d.epoch = l.epoch
     left join reeve.interned f on f.id = d.facts_id
     where l.ended_at is null and l.may_enroll and (d.id = any($1) or d.serial = any($1) or d.alias = any($1) or d.named && $1)
     order by d.id`,
    [names],
  );
  return rows.map(({ facts, ...one }) => ({ ...one, facts: facts ?? {}, away: true }));
}

/** A device that was retired although it is not managed any more, and the act that asked for it. */
export interface Retired {
  readonly act: string;
  readonly device: string;
}

/**
 * Carries out what was approved for devices that are not managed any more: their records change, and nothing is sent,
 * which is told in the same statement.
 * A latch, a suspension, the cool-off, a withdrawal and another enrollment stop it, as they stop the gate; `armed` holds changes alone.
 */
export function carryOutAway(db: Db, at: number): Promise<Retired[]> {
  return db.query<Retired>(
    `with retired as (
     update reeve.act_target t
     set status = 'executed', note = 'it was not managed any more: nothing was sent', updated_at = $1
     from reeve.act a, reeve.device d, reeve.channel c
     where t.status = 'ready' and a.id = t.act and a.expires_at > $1
       and d.id = t.device and d.epoch = t.epoch and d.suspended is null
       and c.device = t.device and c.epoch = t.epoch and c.kind = 'device' and c.status = 'left'
       and position('"afterwards"' in t.parameters) > 0
       and exists (select from reeve.lifecycle l where l.device = t.device and l.ended_at is null and l.may_enroll)
       and not exists (select from reeve.act_withdrawal w where w.act = t.act)
       and not exists (select from reeve.latch x where x.engaged and x.name <> 'armed')
       and reeve.ready_in(t.act, $1) = 0
     returning a.name as act, t.device
     ), told as (
       insert into reeve.event (at, type, device, subject, message)
       select $1, 'act.executed', r.device, r.act, 'it was not managed any more, and nothing was sent' from retired r
     )
     select * from retired`,
    [at],
  );
}
