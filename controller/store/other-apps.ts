import type { Store } from "./open.ts";

/** Apps on devices by their own last reports, and on how many of these each is. */
export interface ReportedApps {
  /** The most frequent first. */
  readonly apps: readonly { readonly packageName: string; readonly devices: number }[];
  /** Devices that have reported their apps. */
  readonly known: number;
}

/** Which apps these Android devices have besides `named` and those of the system, by their last reports. */
export async function reportedApps(
  store: Store,
  devices: readonly string[],
  named: readonly string[],
): Promise<ReportedApps> {
  const rows = await store.query<{ packageName: string | null; devices: number }>(
    `with reported as (
       select t.channel, t.body from reeve.device d
       join reeve.channel c on c.device = d.id and c.epoch = d.epoch and c.kind = 'device'
       join reeve.detail t on t.channel = c.id and t.section = 'applications'
       where d.id = any($1) and jsonb_typeof(t.body) = 'array'
     )
     select null as "packageName", count(*) as devices from reported
     union all
     select a.one->>'packageName', count(distinct r.channel) as devices
     from reported r cross join lateral jsonb_array_elements(r.body) a(one)
     where a.one->>'packageName' is not null and not a.one->>'packageName' = any($2)
       and coalesce(a.one->>'state', '') <> 'REMOVED' and coalesce(a.one->>'applicationSource', '') not like 'SYSTEM%'
     group by 1 order by 2 desc, 1`,
    [devices, named],
  );
  return {
    known: rows.find((row) => row.packageName === null)?.devices ?? 0,
    apps: rows.flatMap(({ packageName, devices: count }) =>
      packageName === null ? [] : [{ packageName, devices: count }],
    ),
  };
}
