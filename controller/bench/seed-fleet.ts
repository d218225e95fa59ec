import pg from "pg";
import { toJson } from "../store/json.ts";
import type { DeviceState } from "./fleet-states.ts";

/** What a fleet in the database is like: `devices` devices that take turns in these states. */
export interface SeededFleet {
  readonly devices: number;
  readonly states: readonly DeviceState[];
  readonly at: number;
  /** When the devices are due: nothing is to be done before. */
  readonly dueAt: number;
}

/** Runs one statement, with the rights of the owner. */
type Query = (sql: string, values: unknown[]) => Promise<unknown>;

/** Puts enrolled devices into an empty database, with a superuser's connection. */
export async function seedServer(superuserUrl: string, fleet: SeededFleet): Promise<void> {
  const client = new pg.Client(superuserUrl);
  await client.connect();
  try {
    await seedFleet((sql, values) => client.query(sql, values), fleet);
    await client.query("vacuum (analyze)");
  } finally {
    await client.end();
  }
}

/** The same, one statement after the other. */
export async function seedFleet(query: Query, fleet: SeededFleet): Promise<void> {
  const { states, at, dueAt, devices } = fleet;
  await insertRecords(query, fleet);
  const ids = (of: (state: DeviceState) => string) => states.map(of);
  await query(
    `insert into reeve.device (id, serial, udid, epoch, enrolled_at, reported, enrolled_as, facts_id, awaiting)
     select 'd-' || n, 'SERIAL' || n, 'UDID-' || n, 1, $2, f.body, '{}', f.id, false
     from generate_series(1, $3::int) n
     join lateral (select i.id, i.body from reeve.interned i where i.id = ($1::text[])[1 + n % $4::int]) f on true`,
    [ids((one) => one.facts.id), at, devices, states.length],
  );
  await query(
    `insert into reeve.channel
       (id, device, epoch, kind, status, certificate, topic, state, granted_id, observed_id, due_at, last_seen_at)
     select 'UDID-' || n, 'd-' || n, 1, 'device', 'enrolled', 'cert-' || n, 'topic', $5::jsonb,
       ($1::text[])[1 + n % $4::int], ($2::text[])[1 + n % $4::int], $6::bigint + n, $7
     from generate_series(1, $3::int) n`,
    [
      ids((one) => one.granted.id),
      ids((one) => one.observed.id),
      devices,
      states.length,
      collectedState(at),
      dueAt,
      at,
    ],
  );
}

async function insertRecords(query: Query, { states, at }: SeededFleet): Promise<void> {
  const records = new Map(
    states.flatMap(({ facts, granted, observed }) =>
      [facts, granted, observed].map((one) => [one.id, one.body] as const),
    ),
  );
  const all = [...records].map(([id, body]) => ({ id, body }));
  for (let start = 0; start < all.length; start += 1_000)
    await query(
      `insert into reeve.interned (id, body, created_at)
       select r.id, r.body, $2 from jsonb_to_recordset($1::jsonb) as r(id text, body jsonb)`,
      [toJson(all.slice(start, start + 1_000)), at],
    );
}

/** The state of a channel where everything was collected just now. */
function collectedState(at: number): string {
  const sections = ["device", "security", "applications", "profiles", "managedApps"];
  const collected = Object.fromEntries(sections.map((section) => [section, at]));
  return JSON.stringify({ aside: [], progress: {}, collected, handed: 14 });
}
