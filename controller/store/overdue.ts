import type { Store } from "./open.ts";

/**
 * Notes which devices should have reported a section by now, and forgets those that have. Each device of which more is
 * overdue than before has an event `inventory.overdue`; replicas that look at once say it once. One statement, whose
 * cost grows with the devices that have such a schedule. How many devices have become overdue.
 */
export async function noteOverdue(store: Store, now: number): Promise<number> {
  const rows = await store.query<{ count: number }>(noting, [now]);
  return rows[0]?.count ?? 0;
}

/** Devices of which something is overdue: how many in all, and of each section. */
export interface OverdueCounts {
  readonly devices: number;
  readonly sections: Readonly<Record<string, number>>;
}

/** Counts what `noteOverdue` found last. */
export async function countOverdue(store: Store): Promise<OverdueCounts> {
  const rows = await store.query<{ section: string | null; count: number }>(
    `select o.section, count(distinct o.device) as count from reeve.overdue o
     group by grouping sets ((o.section), ()) order by o.section`,
  );
  const sections = rows.flatMap(({ section, count }) =>
    section === null ? [] : [[section, count] as const],
  );
  return {
    devices: rows.find((one) => one.section === null)?.count ?? 0,
    sections: Object.fromEntries(sections),
  };
}

// The same rule as core/overdue.ts: the contract of the stores holds them against each other. What devices are granted
// is one record for all that are alike, and so are the limits that are read from it.
const noting = {
  name: "overdue-note",
  text: `
    with limits as materialized (
      select g.granted_id, s.section, min((i.one->>'maxAgeMs')::bigint) as max_age
      from (select distinct granted_id from reeve.channel where kind = 'device' and status <> 'left') g
      join reeve.interned r on r.id = g.granted_id
      cross join lateral jsonb_array_elements(r.body->'inventory') i(one)
      cross join lateral jsonb_array_elements_text(i.one->'collect') s(section)
      where i.one ? 'maxAgeMs'
      group by 1, 2
    ), late as materialized (
      select c.device, l.section,
        coalesce((c.state->'collected'->>l.section)::bigint, d.enrolled_at) + l.max_age as since
      from reeve.channel c
      join reeve.device d on d.id = c.device and d.epoch = c.epoch
      join limits l on l.granted_id = c.granted_id
      where c.kind = 'device' and c.status in ('enrolled', 'quarantined')
        and coalesce((c.state->'collected'->>l.section)::bigint, d.enrolled_at) + l.max_age <= $1
    ), over as (
      delete from reeve.overdue o
      where not exists (select from late l where l.device = o.device and l.section = o.section)
    ), begun as (
      insert into reeve.overdue (device, section, since) select device, section, since from late
      on conflict (device, section) do nothing
      returning device, section
    ), told as (
      insert into reeve.event (at, type, device, subject, message)
      select $1, 'inventory.overdue', device, string_agg(section, ', ' order by section),
        'not reported for longer than maxAge allows: ' || string_agg(section, ', ' order by section)
      from begun group by device
      returning device
    )
    select count(*) as count from told`,
};
