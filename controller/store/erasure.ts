import { withRetries } from "./db.ts";
import { marksOf } from "./lifecycle.ts";
import type { Store } from "./open.ts";

/** A pass goes on meanwhile. */
const atOnce = 5;
const againMs = 3_600_000;

/**
 * Erases the personal records of devices that were retired 90 days ago, each in a transaction of its own, a few at
 * once: seven thousand in a day. Returns how many they were. One that cannot be erased is told once, as the event
 * `lifecycle.erasure-failed`, and tried again after an hour: it stands in the way of none of the others. `onFailure`
 * hears of each why.
 */
export async function eraseRetired(
  store: Store,
  onFailure: (error: unknown, device: string) => void,
): Promise<number> {
  const due = await store.query<{ device: string; serial: string | null; channels: string[] }>(
    `select l.device, d.serial, array(select c.id from reeve.channel c where c.device = d.id and c.kind = 'device') as channels
     from reeve.lifecycle l join reeve.device d on d.id = l.device cross join (select reeve.now_ms($1) as now) n
     where l.erase_at <= n.now and l.erased_at is null and l.ended_at is null
       -- One that lies ahead was written by a clock that has been put back since, or by somebody.
       and (l.erase_failed_at is null or l.erase_failed_at <= n.now - $3 or l.erase_failed_at > n.now)
       and not exists (
         select from reeve.channel c where c.device = d.id and c.status in ('enrolled', 'quarantined'))
     order by l.erase_failed_at nulls first, l.erase_at limit $2`,
    [store.clock(), atOnce, againMs],
  );
  let erased = 0;
  for (const { device, serial, channels } of due) {
    const marks = marksOf(store.sealer, { channels, serial: serial ?? undefined });
    const values = [device, marks, store.clock()];
    await withRetries(() =>
      store.query<{ done: boolean }>("select reeve.erase_device($1, $2, $3) as done", values),
    ).then(
      ([row]) => {
        if (row?.done === true) erased++;
      },
      async (error: unknown) => {
        onFailure(error, device);
        await noteFailure(store, device).catch((another: unknown) => onFailure(another, device));
      },
    );
  }
  return erased;
}

/** Erases, of acts that have ended for all, what they called devices whose records were erased while they could still leave. */
export async function eraseOwed(store: Store): Promise<void> {
  await store.query("select reeve.erase_owed()");
}

async function noteFailure(store: Store, device: string): Promise<void> {
  await store.query(
    `with noted as (
       update reeve.lifecycle l set erase_failed_at = reeve.now_ms($2) from reeve.lifecycle o
       where l.device = $1 and o.device = l.device returning l.device, l.erase_failed_at as at, o.erase_failed_at as before)
     insert into reeve.event (at, type, device, message)
     select n.at, 'lifecycle.erasure-failed', n.device, $3 from noted n where n.before is null`,
    [device, store.clock(), failedText],
  );
}

// The error itself may name what is to be erased.
const failedText =
  "its personal records are due to be erased and could not be: the log of the daemon says why; it is tried again every hour";
