import type { ActTarget } from "../core/act.ts";
import type { DigestedTarget } from "../core/act-digest.ts";
import type { Store } from "./open.ts";

/** One device's part of an act. */
export interface TargetRow {
  readonly device: string;
  readonly serial: string | undefined;
  readonly alias: string | undefined;
  readonly epoch: number;
  readonly verb: DigestedTarget["verb"];
  /** Its own parameters, as canonical JSON; whoever has the database may have written anything. */
  readonly parameters: string;
  readonly status: ActTarget["status"];
  readonly note: string | undefined;
  readonly ownership: string | undefined;
  readonly lastSeenAt: number | undefined;
}

/**
 * The first targets of each of these acts, at most `limit` of each: those with the status `first` before all others,
 * then in the order of their devices.
 */
export async function targetsOfActs(
  store: Store,
  acts: readonly string[],
  limit: number,
  first: ActTarget["status"] = "held",
): Promise<ReadonlyMap<string, readonly TargetRow[]>> {
  type Row = { [K in keyof TargetRow]: TargetRow[K] | null };
  const found = new Map<string, TargetRow[]>(acts.map((act) => [act, []]));
  if (acts.length === 0) return found;
  const rows = await store.query<Row & { readonly act: string }>(
    `select x.act, t.*, (select max(c.last_seen_at) from reeve.channel c where c.device = t.device) as "lastSeenAt"
     from unnest($1::text[]) x(act), lateral (
       select t.device, d.serial, d.alias, t.epoch, t.verb, t.parameters, t.status, t.note,
         (select n.body->'ownership'->>'value' from reeve.interned n where n.id = d.facts_id) as ownership
       from reeve.act_target t join reeve.device d on d.id = t.device
       where t.act = x.act order by t.status <> $3, t.device, t.epoch limit $2) t
     order by t.device, t.epoch`,
    [acts, limit, first],
  );
  for (const { act, ...row } of rows)
    found.get(act)?.push({
      ...(row as TargetRow),
      serial: row.serial ?? undefined,
      alias: row.alias ?? undefined,
      note: row.note ?? undefined,
      ownership: row.ownership ?? undefined,
      lastSeenAt: row.lastSeenAt ?? undefined,
    });
  return found;
}
