import type { Store } from "./open.ts";

/** Names of latches and controls that stop something for devices, for core/stops.ts; as a statement. */
export const stopNames = `
  select l.name from reeve.latch l where l.engaged
  union all
  select k.name from reeve.control k
  where k.name in ('observe', 'suspended', 'frozen') or k.name like 'suspended/%'`;

/** What stops something now. */
export interface StopsNow {
  readonly names: readonly string[];
  /** A device that has the policy in question is suspended by itself. */
  readonly suspended: boolean;
}

/** What is stopped at this moment, on any replica; with a policy of Google's, also for single devices that have it. */
export async function stopsNow(store: Store, policy?: string): Promise<StopsNow> {
  const [row] = await store.query<{ names: string[] | null; suspended: boolean }>(
    `select (select array_agg(s.name) from (${stopNames}) s) as names,
       exists (select from reeve.android_device a
         join reeve.channel c on c.id = a.channel
         join reeve.device d on d.id = c.device and d.epoch = c.epoch
         where a.policy = $1 and c.status <> 'left' and d.suspended is not null) as suspended`,
    [policy ?? null],
  );
  return { names: row?.names ?? [], suspended: row?.suspended === true };
}
