import type { Event } from "../core/ledger.ts";
import { layersForm, readLayers, writeLayers } from "../core/policy-version.ts";
import { type Rollout, type RolloutLayer, whole } from "../core/rollout.ts";
import type { Db } from "./db.ts";
import { appendEvents } from "./events.ts";
import { toText } from "./json.ts";
import { type Lease, requireTerm } from "./leader.ts";
import type { Store } from "./open.ts";

interface Row extends Omit<Rollout, "layers" | "reason"> {
  readonly reason: string | null;
  readonly form: number;
  readonly sealed: string;
}

const placeOf = (policy: string) => ({ table: "rollout", column: "layers", row: policy, epoch: 0 });

/** How the versions of policies stand, by name. What cannot be read is paused, and its devices keep what they have. */
export async function listRollouts(store: Store): Promise<ReadonlyMap<string, Rollout>> {
  const rows = await store.query<Row>(`${reading} order by policy`);
  return new Map(rows.map((row) => [row.policy, toRollout(store, row)]));
}

const reading = `
  select policy, seed, status, reason, by_person as by, since, form, layers as sealed, elapsed_ms as "elapsedMs",
    soaked_ms as "soakedMs", counted_at as "countedAt", judged_from as "judgedFrom"
  from reeve.rollout`;

function toRollout(store: Store, { form, sealed, reason, ...row }: Row): Rollout {
  const layers = form === layersForm ? read(store, row.policy, sealed) : undefined;
  if (layers !== undefined) return { ...row, layers, reason: reason ?? undefined };
  return { ...row, layers: [unreadable(row.since)], status: "paused", reason: unreadableReason };
}

function read(store: Store, policy: string, sealed: string): readonly RolloutLayer[] | undefined {
  try {
    return readLayers(store.sealer.open(placeOf(policy), sealed).toString("utf8"));
  } catch {
    return undefined;
  }
}

export const unreadableReason =
  "its versions were written by another version of reeve, or under another key, and cannot be read: devices keep what they have";

function unreadable(since: number): RolloutLayer {
  return { below: whole, share: 1, version: "unreadable", policy: "kept", revision: "", since };
}

export interface RolloutWrite {
  readonly put: readonly Rollout[];
  readonly drop: readonly string[];
  /** How those stood that this rests on; nothing is written when a person has changed one since. */
  readonly known: ReadonlyMap<string, Rollout>;
  /** Told in the same transaction. */
  readonly events?: readonly Event[];
}

/**
 * Writes how rollouts stand, and says so to all replicas (`rolloutStamp`); only the leader does. False, with nothing
 * written, when one of them stands otherwise than it was known. Throws Retry when the lease has passed to another
 * process.
 */
export async function writeRollouts(
  store: Store,
  { put: changed, drop, known, events = [] }: RolloutWrite,
  at: number,
  lease: Lease | undefined,
): Promise<boolean> {
  if (changed.length === 0 && drop.length === 0) return true;
  return store.transaction(async (db) => {
    if (lease !== undefined) await requireTerm(db, lease);
    const names = [...changed.map(({ policy }) => policy), ...drop];
    const rows = await db.query<Row>(`${reading} where policy = any($1) order by policy for update`, [names]);
    // As it is read: what cannot be read is paused, whatever stands in its row.
    const isKnown = ({ policy, status, since }: Rollout) =>
      known.get(policy)?.status === status && known.get(policy)?.since === since;
    if (!rows.every((row) => isKnown(toRollout(store, row)))) return false;
    await db.query("delete from reeve.rollout where policy = any($1)", [drop]);
    for (const one of changed) await put(db, store, one);
    await bump(db, at);
    await appendEvents(db, events);
    return true;
  });
}

async function put(db: Db, store: Store, one: Rollout): Promise<void> {
  await db.query(
    `insert into reeve.rollout as r (policy, seed, status, reason, by_person, since, form, layers, elapsed_ms,
       soaked_ms, counted_at, judged_from)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (policy) do update set seed = excluded.seed, status = excluded.status, reason = excluded.reason,
       by_person = excluded.by_person, since = excluded.since, form = excluded.form, layers = excluded.layers,
       elapsed_ms = excluded.elapsed_ms, soaked_ms = excluded.soaked_ms, counted_at = excluded.counted_at,
       judged_from = excluded.judged_from`,
    valuesOf(store, one),
  );
}

async function bump(db: Db, at: number): Promise<void> {
  await db.query(
    `insert into reeve.control (name, value, by_person, at) values ($1, '1', 'reeve', $2)
     on conflict (name) do update set value = to_jsonb((control.value #>> '{}')::bigint + 1), at = excluded.at`,
    [rolloutStamp, at],
  );
}

/** The control that counts writes of rollouts: what is known of them holds while it stays. */
export const rolloutStamp = "rollouts";

function valuesOf(store: Store, one: Rollout): readonly unknown[] {
  return [
    one.policy,
    one.seed,
    one.status,
    one.reason === undefined ? null : toText(one.reason),
    toText(one.by),
    one.since,
    layersForm,
    store.sealer.seal(placeOf(one.policy), writeLayers(one.layers)),
    Math.round(one.elapsedMs),
    Math.round(one.soakedMs),
    one.countedAt,
    one.judgedFrom,
  ];
}

/**
 * Changes one rollout as it stands in the database, while nobody else changes it; the leader that judged it before finds
 * that it stands otherwise and judges it again. Answers what it is changed to, and tells of it in the same transaction;
 * nothing is written where that is undefined.
 */
export async function changeRollout<Changed extends Rollout | undefined>(
  store: Store,
  policy: string,
  at: number,
  change: (rollout: Rollout | undefined) => Changed,
  events: readonly Event[] = [],
): Promise<Changed> {
  return store.transaction(async (db) => {
    const [row] = await db.query<Row>(`${reading} where policy = $1 for update`, [policy]);
    const changed = change(row === undefined ? undefined : toRollout(store, row));
    if (changed === undefined) return changed;
    await put(db, store, changed);
    await bump(db, at);
    await appendEvents(db, events);
    return changed;
  });
}
