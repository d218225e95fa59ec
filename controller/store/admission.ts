import type { Facts } from "../core/facts.ts";
import type { Granted } from "../core/granted.ts";
import type { Observed } from "../core/observed.ts";
import type { AdmissionGroup, Interned } from "../core/ports.ts";
import { withRetries } from "./db.ts";
import { intern, loadInterned } from "./interned.ts";
import type { Store } from "./open.ts";

/** Which channels to group: all that are managed, those that wait for admission, or those of some devices. */
export type Scope = "all" | "awaiting" | { readonly devices: readonly string[] };

interface GroupRow {
  readonly kind: "device" | "user";
  readonly facts_id: string;
  readonly named: string[];
  readonly granted_id: string | null;
  readonly observed_id: string | null;
  readonly suspended: string | null;
  readonly count: number;
}

/** The sets of channels that admission decides alike, with their records. Costs grow with distinct states. */
export async function listGroups(store: Store, scope: Scope = "all"): Promise<AdmissionGroup[]> {
  const rows = await store.query<GroupRow>(
    `select c.kind, d.facts_id, d.named, c.granted_id, c.observed_id, d.suspended, count(*) as count
     from reeve.channel c join reeve.device d on d.id = c.device
     where c.status <> 'left' and c.epoch = d.epoch and d.facts_id is not null
       and ($1 <> 'devices' or d.id = any($2))
       and ($1 <> 'awaiting' or c.id = any(array(
         select w.id from reeve.channel w join reeve.device a on a.id = w.device where a.awaiting
         union select w.id from reeve.channel w where w.granted_id is null and w.status <> 'left')))
     group by c.kind, d.facts_id, d.named, c.granted_id, c.observed_id, d.suspended
     order by count(*) desc, d.facts_id, c.granted_id, c.observed_id`,
    typeof scope === "string" ? [scope, []] : ["devices", scope.devices],
  );
  const ids = rows.flatMap((row) => [row.facts_id, row.granted_id, row.observed_id]);
  const record = await loadInterned(store, store.interned, ids);
  return rows.map((row) => ({
    kind: row.kind,
    facts: (record(row.facts_id) as Interned<Facts> | undefined) ?? { id: row.facts_id, body: {} },
    named: row.named,
    granted: record(row.granted_id) as Interned<Granted> | undefined,
    observed: record(row.observed_id) as Interned<Observed> | undefined,
    suspended: row.suspended ?? undefined,
    count: row.count,
  }));
}

export interface Regrant {
  readonly group: Pick<AdmissionGroup, "kind" | "facts" | "named" | "granted" | "observed" | "suspended">;
  readonly granted: Interned<Granted>;
  /** At most so many channels of the group, the ones seen last first. */
  readonly limit?: number;
  /** When these channels are due, unless they are due earlier; they are not made due when nothing changed. */
  readonly dueAt: number;
  readonly at: number;
  /** Only while this term is in force: a leader that was replaced writes nothing. */
  readonly lease?: { readonly name: string; readonly term: number };
}

/**
 * Gives channels of a group a new granted state; they no longer wait for admission, and reports that are being
 * handled against the old state are refused and read again. Returns how many channels it was.
 * Channels that left the group since it was listed are not touched.
 */
export async function regrant(store: Store, request: Regrant): Promise<number> {
  const { group, granted } = request;
  return withRetries(async () => {
    await intern(store, [granted], request.at);
    const [row] = await store.query<{ count: number }>(regrantGroup, [
      group.kind ?? "device",
      group.facts.id,
      group.named,
      group.granted?.id ?? null,
      group.observed?.id ?? null,
      group.suspended ?? null,
      granted.id,
      request.limit ?? null,
      request.dueAt,
      request.lease?.name ?? null,
      request.lease?.term ?? null,
    ]);
    return row?.count ?? 0;
  });
}

const regrantGroup = `
  with chosen as materialized (
    select c.id, c.device from reeve.channel c join reeve.device d on d.id = c.device
    where c.status <> 'left' and c.epoch = d.epoch and c.kind = $1 and d.facts_id = $2 and d.named = $3
      and c.granted_id is not distinct from $4 and c.observed_id is not distinct from $5
      and d.suspended is not distinct from $6
      and ($10::text is null or exists (select from reeve.lease l where l.name = $10 and l.term = $11))
    order by c.last_seen_at desc, c.id
    limit $8
    for no key update of c
  ), settled as (
    update reeve.device d set awaiting = false from chosen h where d.id = h.device and d.awaiting
  ), changed as (
    update reeve.channel c set granted_id = $7, due_at = least(c.due_at, $9), version = c.version + 1
    from chosen h where c.id = h.id and c.granted_id is distinct from $7
  )
  select count(*) as count from chosen`;

/** Devices that no admission has looked at since their facts, names or epoch changed. */
export async function countAwaiting(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(*) as count from reeve.device where awaiting and facts_id is not null",
  );
  return row?.count ?? 0;
}
