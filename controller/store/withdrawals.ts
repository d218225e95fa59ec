import type { Event } from "../core/ledger.ts";
import { lockChannels } from "./acts.ts";
import { withRetries } from "./db.ts";
import { appendEvents } from "./events.ts";
import { toText } from "./json.ts";
import type { Store } from "./open.ts";

/** Who wants an act no more, and why. */
export interface Withdrawal {
  readonly act: string;
  readonly by: string;
  readonly note: string;
  readonly at: number;
}

/** What a withdrawal did, in devices. */
export interface Withdrawn {
  /** Nothing was sent to them, and nothing will be. */
  readonly cancelled: number;
  /** What had been sent to them, and would have gone again, is not: whether it was carried out is unknown. */
  readonly stopped: number;
  /** Their command had left before; of Android devices that have not fetched it yet Google is asked to drop it. */
  readonly sent: number;
}

/**
 * Ends an act for good: what was not sent never is, and nothing of it is sent again. What `tell` says of it is told in
 * the same transaction.
 */
export function withdrawAct(
  store: Store,
  { act, by, note, at }: Withdrawal,
  tell: (done: Withdrawn) => readonly Event[] = () => [],
): Promise<Withdrawn> {
  return withRetries(() =>
    store.transaction(async (db) => {
      await lockChannels(db, [act], ["held", "ready"]);
      await db.query(
        `insert into reeve.act_withdrawal (act, at, by_person, note) values ($1, $2, $3, $4)
         on conflict (act) do nothing`,
        [act, at, toText(by), toText(note)],
      );
      const cancelled = await db.query<{ device: string }>(
        `update reeve.act_target set status = 'cancelled', note = $2, updated_at = $3
         where act = $1 and status in ('held', 'ready') returning device`,
        [act, toText(note), at],
      );
      // Whose apps were going gets them back now, and not with its next report.
      await db.query(
        `update reeve.channel set due_at = 0, version = version + 1
         where device = any($1) and kind = 'device' and status = 'enrolled' and state->'leaving'->>'act' = $2`,
        [cancelled.map(({ device }) => device), act],
      );
      const stopped = await db.query(
        `update reeve.act_target set status = 'unknown', note = $2, updated_at = $3
         where act = $1 and status = 'sent' and parameters::jsonb ->> 'delivery' = 'untilAcknowledged'
         returning device`,
        [act, toText(`${note}; no answer so far, and not sent again`), at],
      );
      const sent = await db.query("select device from reeve.act_target where act = $1 and status = 'sent'", [
        act,
      ]);
      const done = { cancelled: cancelled.length, stopped: stopped.length, sent: sent.length };
      await appendEvents(db, tell(done));
      return done;
    }),
  );
}

/**
 * Cancels what is ready or held although its act was withdrawn, and tells of each in the same statement: a device that
 * puts it off just then and the withdrawal have not seen each other. Apps that were going are given back at once.
 */
export async function cancelWithdrawn(store: Store): Promise<void> {
  const rows = await store.query<{ act: string }>(
    `select w.act from reeve.act_withdrawal w
     where exists (select from reeve.act_target t where t.act = w.act and t.status in ('held', 'ready'))`,
  );
  if (rows.length === 0) return;
  const acts = rows.map(({ act }) => act);
  await withRetries(() =>
    store.transaction(async (db) => {
      await lockChannels(db, acts, ["held", "ready"]);
      await db.query(
        `with cancelled as (
           update reeve.act_target t
           set status = 'cancelled', note = 'withdrawn, and put off by the device', updated_at = reeve.now_ms($2)
           where t.act = any($1) and t.status in ('held', 'ready')
           returning t.act, t.device, t.verb, t.note, t.updated_at as at
         ), told as (
           insert into reeve.event (at, type, device, subject, message)
           select c.at, 'act.cancelled', c.device, c.act, c.verb || ' is cancelled: ' || c.note from cancelled c
         )
         update reeve.channel l set due_at = 0, version = l.version + 1 from cancelled c
         where l.device = c.device and l.kind = 'device' and l.status = 'enrolled'
           and l.state->'leaving'->>'act' = c.act`,
        [acts, store.clock()],
      );
    }),
  );
}

/** The one act of the newest thousand whose digest begins so, whatever has become of it. */
export async function findFiled(
  store: Store,
  digest: string,
): Promise<{ readonly id: string; readonly name: string } | undefined> {
  const prefix = digest.replaceAll("-", "").toLowerCase();
  if (!/^[0-9a-f]{8,64}$/.test(prefix)) return undefined;
  const found = await store.query<{ id: string; name: string }>(
    `select n.id, n.name from (
       select a.id, a.name, reeve.act_digest(a.id) as digest from reeve.act a order by a.created_at desc, a.id limit 1000
     ) n where starts_with(n.digest, $1) limit 2`,
    [prefix],
  );
  return found.length === 1 ? found[0] : undefined;
}
