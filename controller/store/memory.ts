import { randomUUID } from "node:crypto";
import { engage } from "./control.ts";
import type { Store } from "./open.ts";

/** What a replica keeps of the database, outside of it: enough to know an old copy again. */
export interface Memory {
  /** Made once with the schema; a copy has the same. */
  readonly database: string;
  /** The number of the newest event: it only grows. */
  readonly events: number;
}

/** What there is to remember of this database now. */
export async function memoryOf(store: Store): Promise<Memory> {
  await store.query(
    "insert into reeve.meta (name, value) values ('database', $1) on conflict (name) do nothing",
    [randomUUID()],
  );
  const [row] = await store.query<Memory>(
    `select (select m.value from reeve.meta m where m.name = 'database') as database,
       coalesce((select max(e.seq) from reeve.event e), 0) as events`,
  );
  return { database: row?.database ?? "", events: Number(row?.events ?? 0) };
}

/** The latch of a database that may be an old copy: no act leaves, everything else goes on. */
export const oldCopy = "maybe-restored";

/** Restarts and upgrades are shorter. */
const gapMs = 15 * 60_000;

/**
 * Looks, before anything is served, whether this may be an old copy: it is behind what this replica remembers, or
 * nobody can tell and no reeve has used it for a quarter of an hour. Then no act leaves until an approver has resumed.
 * Returns why. `remembered` is what lay beside the process and not beside the database, if there was such a place.
 */
export async function recognise(store: Store, remembered: Memory | undefined): Promise<string | undefined> {
  const [clock] = await store.query<{ now: number; seen: number }>(
    "select reeve.now_ms($1) as now, c.seen from reeve.gate_clock c",
    [store.clock()],
  );
  const known = await memoryOf(store);
  const now = Number(clock?.now ?? 0);
  const reason =
    remembered?.database === known.database
      ? behind(known, remembered)
      : away(now - Number(clock?.seen ?? 0), Number(clock?.seen ?? 0));
  if (reason !== undefined) await engage(store, { name: oldCopy, reason, by: "reeve", at: now });
  return reason;
}

/** A device has answered what this database never sent: no act leaves until an approver has resumed. */
export function noteOldCopy(store: Store, at: number): Promise<void> {
  const reason = "a device answered a command that this database has not sent: it is an old copy";
  return engage(store, { name: oldCopy, reason, by: "reeve", at });
}

function behind(known: Memory, remembered: Memory): string | undefined {
  if (known.events >= remembered.events) return undefined;
  return `this database ends with event ${known.events}, and had ${remembered.events} when this replica saw it last`;
}

function away(gap: number, seen: number): string | undefined {
  if (seen === 0 || gap < gapMs) return undefined;
  return `no reeve has used this database for ${Math.round(gap / 60_000)} minutes: it may be an old copy`;
}
