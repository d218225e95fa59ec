import { withRetries } from "./db.ts";
import type { Store } from "./open.ts";

/** Which managed devices are asked anew: these, the members of a group, or with neither all. */
export interface AskedDevices {
  readonly devices?: readonly string[];
  readonly group?: string;
}

export interface Asked {
  readonly devices: number;
  /** Those whose push token is dead: they answer when they connect by themselves. */
  readonly notWoken: number;
  /** Android devices among them: nobody wakes them, and Google's record of them is read. */
  readonly read: number;
}

type Row = Asked & { readonly last: string | null };

const slice = 5_000;

/**
 * Remembers on each device that it was asked anew at a time (core/asked-anew.ts), and makes it due at `dueAt`, 0 for
 * before all others; how fast they are woken the push loop decides. In slices: nobody waits for a whole fleet.
 */
export async function askAnew(
  store: Store,
  which: AskedDevices,
  times: { readonly at: number; readonly dueAt: number },
): Promise<Asked> {
  const granted = which.group === undefined ? null : await grantedIn(store, which.group);
  let asked: Asked = { devices: 0, notWoken: 0, read: 0 };
  for (let after: string | null = ""; after !== null; ) {
    const values: unknown[] = [after, which.devices ?? null, granted, slice, times.at, times.dueAt];
    const [row]: Row[] = await withRetries(() => store.query<Row>(asking, values));
    asked = {
      devices: asked.devices + (row?.devices ?? 0),
      notWoken: asked.notWoken + (row?.notWoken ?? 0),
      read: asked.read + (row?.read ?? 0),
    };
    after = row?.last ?? null;
  }
  return asked;
}

const asking = {
  name: "ask-anew",
  text: `
    with chosen as (
      select c.id from reeve.channel c
      where c.kind = 'device' and c.status in ('enrolled', 'quarantined') and c.id > $1
        and ($2::text[] is null or c.device = any($2)) and ($3::text[] is null or c.granted_id = any($3))
      order by c.id limit $4 for no key update
    ), asked as (
      update reeve.channel c
      set state = jsonb_set(c.state, '{askedAt}', to_jsonb($5::bigint)), due_at = least(c.due_at, $6::bigint),
        pushes = 0, version = c.version + 1
      from chosen where c.id = chosen.id
      returning c.id, c.token_dead, exists (select from reeve.android_device a where a.channel = c.id) as read
    )
    select max(id) as last, count(*) as devices, count(*) filter (where token_dead and not read) as "notWoken",
      count(*) filter (where read) as read from asked`,
};

/** The granted states of a group's members. */
async function grantedIn(store: Store, group: string): Promise<readonly string[]> {
  const rows = await store.query<{ id: string }>(
    `select i.id from reeve.interned i
     where jsonb_typeof(i.body->'groups') = 'array' and i.body->'groups' ? $1`,
    [group],
  );
  return rows.map((row) => row.id);
}
