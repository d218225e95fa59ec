import type { DisruptionRoom } from "../core/freeze.ts";
import type { Store } from "./open.ts";

/**
 * How many devices may still be disrupted without an approval: the smaller of `most` and the database's ceiling, less
 * what left within its sliding window and what is ready to leave. The gate counts again when a command leaves. `againAt`
 * is when the first device has room again, where none has and that is known.
 */
export async function disruptionRoom(
  store: Store,
  most: number,
): Promise<DisruptionRoom & { readonly againAt?: number }> {
  const [row] = await store.query<Counted>(
    `select least($2, reeve.disruptive_limit()) as most, c.window_ms as "windowMs", w.count as gone, w.first,
       (select count(*) from reeve.act_target t
          where t.status = 'ready' and not t.destructive and t.verb <> 'audit'
            and not exists (select from reeve.approval p where p.act = t.act)) as ready
     from reeve.ceiling c, lateral (
       select count(*) as count, min(r.at) as first from reeve.release r
       where r.approval is null and r.at > reeve.now_ms($1) - c.window_ms) w
     where c.name = 'disruptive'`,
    [store.clock(), most],
  );
  const found = row ?? { most: 0, windowMs: 3_600_000, gone: 0, first: null, ready: 0 };
  const { windowMs, first } = found;
  const [limit, gone, ready] = [Number(found.most), Number(found.gone), Number(found.ready)];
  const left = Math.max(0, limit - gone - ready);
  const isKnown = first !== null && left === 0 && ready === 0 && gone === limit;
  return { most: limit, left, windowMs, ...(isKnown ? { againAt: first + windowMs } : {}) };
}

interface Counted {
  readonly most: number;
  readonly windowMs: number;
  /** Devices that were disrupted within the window, and when the first of them was. */
  readonly gone: number;
  readonly first: number | null;
  readonly ready: number;
}
