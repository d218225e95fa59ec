import type { Store } from "./open.ts";

/** How many devices may be destroyed within a window, and how many were. */
export interface DestructiveBudget {
  readonly used: number;
  readonly limit: number;
  readonly windowMs: number;
}

/** The budget that the gate counts by (reeve.release_act): of the enforced gate, or of the advisory one. */
export async function destructiveBudget(store: Store): Promise<DestructiveBudget | undefined> {
  const [row] = await store.query<{ used: string; limit: string; windowMs: string }>(
    `select c.window_ms::text as "windowMs",
       greatest(least(1, c.devices), least(c.devices, floor(e.enrolled * c.percent / 100)))::text as limit,
       (select count(*) from reeve.release r
        where r.destructive and r.at > reeve.now_ms($1) - c.window_ms)::text as used
     from reeve.ceiling c, (select count(*) as enrolled from (
       select from reeve.channel c where c.kind = 'device' and c.status in ('enrolled', 'quarantined') limit 1000000) n) e
     where c.name = reeve.gate_kind()`,
    [store.clock()],
  );
  return row === undefined
    ? undefined
    : { used: Number(row.used), limit: Number(row.limit), windowMs: Number(row.windowMs) };
}
