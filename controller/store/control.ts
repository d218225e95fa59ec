import type { Json } from "../core/canonical.ts";
import { UserError } from "../errors.ts";
import { type Db, sqlState } from "./db.ts";
import { toJson, toText } from "./json.ts";
import type { Store } from "./open.ts";

/** A stop that stays until a person lifts it: `kill-switch`, `breaker`, `restored`, `armed`. While any but the last is engaged no act leaves. */
export interface Latch {
  readonly name: string;
  readonly reason: string;
  readonly by: string;
  readonly at: number;
}

/** Engages a latch. Anybody may. What `armed` holds already is decided about together with what comes to it. */
export async function engage(db: Db, latch: Latch): Promise<void> {
  await db.query(
    `insert into reeve.latch (name, engaged, reason, by_person, at) values ($1, true, $2, $3, $4)
     on conflict (name) do update set engaged = true, by_person = excluded.by_person, at = excluded.at,
       reason = case
         when not reeve.latch.engaged or reeve.latch.name <> 'armed' then excluded.reason
         when position(excluded.reason in reeve.latch.reason) > 0 then reeve.latch.reason
         else left(excluded.reason || '; and before: ' || reeve.latch.reason, $5) end`,
    [latch.name, toText(latch.reason), toText(latch.by), latch.at, longestReason],
  );
}

const longestReason = 4_000;

/** `another`: one more person must want it. `own`: whoever is behind it does not lift it. */
export type Lifting = "lifted" | "not-engaged" | "another" | "own";

/**
 * Lifts a latch over the approver's connection, or says why it stays. Throws UserError when the gate is enforced and
 * no approver's connection was given.
 */
export async function lift(
  store: Store,
  latch: Latch & { readonly identities?: readonly string[] },
): Promise<Lifting> {
  const [row] = await store.approver
    .query<{ answer: Lifting }>("select reeve.lift($1, $2, $3, $4, $5) as answer", [
      latch.name,
      toText(latch.reason),
      toText(latch.by),
      latch.identities ?? [],
      store.clock(),
    ])
    .catch((cause: unknown) => {
      if (sqlState(cause) !== "42501") throw cause;
      throw new UserError("no-approver", `this connection may not lift ${latch.name}`, {
        cause,
        hint: "Give the daemon the approver role's URL.",
      });
    });
  return row?.answer ?? "not-engaged";
}

/** The latches that are engaged. */
export function engagedLatches(store: Store): Promise<Latch[]> {
  return store.query<Latch>(
    "select name, reason, by_person as by, at from reeve.latch where engaged order by name",
  );
}

/** Sets a flag of the controller, such as `observe`, `resumed`, `suspended` or `freeze/GROUP`; undefined clears it. */
export async function setControl(
  db: Db,
  name: string,
  value: Json | undefined,
  by: { readonly person: string; readonly at: number },
): Promise<void> {
  if (value === undefined) {
    await db.query("delete from reeve.control where name = $1", [name]);
    return;
  }
  await db.query(
    `insert into reeve.control (name, value, by_person, at) values ($1, $2, $3, $4)
     on conflict (name) do update set value = excluded.value, by_person = excluded.by_person, at = excluded.at`,
    [name, toJson(value), toText(by.person), by.at],
  );
}

export interface ControlRow {
  readonly name: string;
  readonly value: Json;
  readonly by: string;
  readonly at: number;
}

/** All flags that are set. */
export function listControls(store: Store): Promise<ControlRow[]> {
  return store.query<ControlRow>("select name, value, by_person as by, at from reeve.control order by name");
}

/**
 * Suspends devices with a reason, or resumes them with undefined. They await admission, which decides that nothing
 * but queries is sent; destructive commands are refused by the gate at once. To be called in a transaction; returns how
 * many devices changed.
 */
export async function suspendDevices(
  db: Db,
  devices: readonly string[],
  reason: string | undefined,
): Promise<number> {
  // A report takes its channel before its device, too.
  await db.query("select from reeve.channel where device = any($1) order by id for no key update", [devices]);
  const rows = await db.query(
    `with changed as (
       update reeve.device set suspended = $2, awaiting = true
       where id = any($1) and suspended is distinct from $2 returning id
     ), channels as (
       update reeve.channel c set version = c.version + 1 from changed h where c.device = h.id
     )
     select id from changed`,
    [devices, reason === undefined ? null : toText(reason)],
  );
  return rows.length;
}

/** The sliding window of the budgets of removals and of what may cut devices off. */
export const budgetWindowMs = 3_600_000;

/** How many distinct devices a budget was used for since a time; as much before the database's time as before `now`. */
export async function budgetUsed(store: Store, budget: string, since: number, now?: number): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `select count(distinct device) as count from reeve.budget_use
     where budget = $1 and at > $2::bigint + coalesce(reeve.now_ms($3) - $3::bigint, 0)`,
    [budget, since, now ?? null],
  );
  return row?.count ?? 0;
}
