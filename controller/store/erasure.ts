import { withRetries } from "./db.ts";
import { marksOf } from "./lifecycle.ts";
import type { Store } from "./open.ts";

/** Each looks through all that the history has set apart, which takes a second where that is long: a pass goes on meanwhile. */
const atOnce = 5;

/**
 * Erases the personal records of devices that were retired 90 days ago, each in a transaction of its own, a few at
 * once: seven thousand in a day. Returns how many they were. Throws when one could not be
 * erased, after the others.
 */
export async function eraseRetired(store: Store): Promise<number> {
  const due = await store.query<{ device: string; serial: string | null; channels: string[] }>(
    `select l.device, d.serial, array(select c.id from reeve.channel c where c.device = d.id and c.kind = 'device') as channels
     from reeve.lifecycle l join reeve.device d on d.id = l.device
     where l.erase_at <= reeve.now_ms($1) and l.erased_at is null and l.ended_at is null
       and not exists (
         select from reeve.channel c where c.device = d.id and c.status in ('enrolled', 'quarantined'))
     order by l.erase_at limit $2`,
    [store.clock(), atOnce],
  );
  let erased = 0;
  const failures: unknown[] = [];
  for (const { device, serial, channels } of due) {
    const marks = marksOf(store.sealer, { channels, serial: serial ?? undefined });
    const values = [device, marks, store.clock()];
    await withRetries(() =>
      store.query<{ done: boolean }>("select reeve.erase_device($1, $2, $3) as done", values),
    ).then(
      ([row]) => {
        if (row?.done === true) erased++;
      },
      (error: unknown) => failures.push(error),
    );
  }
  if (failures.length > 0) throw failures[0];
  return erased;
}
