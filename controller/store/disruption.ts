import type { Store } from "./open.ts";

/**
 * How many devices may still be disrupted without an approval: the smaller of `most` and the database's ceiling, less
 * what left within its sliding window and what is ready to leave. The gate counts again when a command leaves.
 */
export async function disruptionRoom(store: Store, most: number): Promise<number> {
  const [row] = await store.query<{ room: number }>(
    `select least($2, reeve.disruptive_limit())
       - (select count(*) from reeve.release r, reeve.ceiling c
          where c.name = 'disruptive' and r.approval is null and r.at > reeve.now_ms($1) - c.window_ms)
       - (select count(*) from reeve.act_target t
          where t.status = 'ready' and not t.destructive and t.verb <> 'audit'
            and not exists (select from reeve.approval p where p.act = t.act)) as room`,
    [store.clock(), most],
  );
  return Math.max(0, Number(row?.room ?? 0));
}
