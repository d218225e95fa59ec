import type { ActTarget } from "../core/act.ts";
import type { DigestedAct, DigestedTarget } from "../core/act-digest.ts";
import { actDigest } from "../core/act-digest.ts";
import { canonical, sha256 } from "../core/canonical.ts";
import { isDestructive } from "../core/intent.ts";
import type { Event } from "../core/ledger.ts";
import { Retry } from "../errors.ts";
import { type Db, withRetries } from "./db.ts";
import { appendEvents } from "./events.ts";
import { toText } from "./json.ts";
import { type Lease, requireTerm } from "./leader.ts";
import type { Store } from "./open.ts";
import { vouchFor } from "./vouch.ts";

/** An act with everything that it will do. Its targets are frozen with it and never change. */
export interface NewAct extends DigestedAct {
  readonly reason: string;
  readonly revision?: string;
  readonly targets: readonly DigestedTarget[];
  /** Who asked for it, folded (core/persons.ts): none of them approves it. */
  readonly persons?: readonly string[];
  /** True when it waits for an approval although it destroys nothing. */
  readonly held?: boolean;
  /** Why that is, for whoever approves it. */
  readonly because?: string;
  /** How long it waits after its last approval, ms; the database's own floor counts if it is more. */
  readonly coolOffMs?: number;
  readonly at: number;
}

export interface Frozen {
  readonly id: string;
  /** What an approval must name. */
  readonly digest: string;
  /** True when it waits for approval. */
  readonly held: boolean;
}

/**
 * Freezes an act, and tells of it in the same transaction. Undefined when one of this name and generation was frozen
 * before: it never runs twice. Acts that need no approval are ready, and their devices are due at once. Throws Retry
 * when a target has begun another epoch.
 */
export function freezeAct(
  store: Store,
  act: NewAct,
  lease?: Lease,
  tell: (frozen: Frozen) => readonly Event[] = () => [],
): Promise<Frozen | undefined> {
  return withRetries(() =>
    store.transaction(async (db) => {
      if (lease !== undefined) await requireTerm(db, lease);
      const author = toText(act.author);
      const frozen = {
        id: `a-${sha256(act.name).slice(0, 16)}`,
        digest: actDigest({ ...act, author }, act.targets),
        held:
          act.held === true ||
          act.targets.some(({ verb }) => isDestructive({ type: "act", act: act.name, verb })),
      };
      const reason = toText(act.reason);
      const persons = (act.persons ?? []).map(toText);
      const [createdAt, coolOffMs] = [act.at, act.coolOffMs ?? 0];
      const { revision, name } = act;
      const vouched = { ...frozen, name, persons, revision, reason, createdAt, coolOffMs };
      const inserted = await db.query(
        `insert into reeve.act (id, name, content, author, approvals, reason, revision, expires_at, created_at,
           persons, cool_off_ms, mac, verified)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict (name) do nothing
         returning id`,
        [
          frozen.id,
          name,
          canonical(act.content),
          author,
          act.approvals,
          reason,
          revision ?? null,
          act.expiresAt,
          createdAt,
          persons,
          coolOffMs,
          vouchFor(store.sealer, vouched),
          act.verified === true,
        ],
      );
      if (inserted.length === 0) return undefined;
      await insertTargets(db, frozen, act);
      if (!frozen.held) await makeDue(db, frozen.id);
      await appendEvents(db, tell(frozen));
      return frozen;
    }),
  );
}

async function insertTargets(db: Db, frozen: Frozen, act: NewAct): Promise<void> {
  const rows = act.targets.map((one) => ({ ...one, parameters: canonical(one.parameters) }));
  const inserted = await db.query(
    `insert into reeve.act_target (act, device, epoch, verb, parameters, status, updated_at, note)
     select $1, d.id, d.epoch, t.verb, t.parameters, $3, $4, $5
     from jsonb_to_recordset($2) as t(device text, epoch int, verb text, parameters text)
     join reeve.device d on d.id = t.device and d.epoch = t.epoch
     returning device`,
    [frozen.id, JSON.stringify(rows), frozen.held ? "held" : "ready", act.at, act.because ?? null],
  );
  if (inserted.length !== act.targets.length) {
    throw new Retry("targets-changed", `${act.name}: a target enrolled anew while it was frozen`);
  }
}

/**
 * The devices of an act's ready targets are pushed first. A report that was read before is decided again: its own
 * due time, which knows nothing of the act, must not take the place of this one.
 */
export async function makeDue(db: Db, act: string): Promise<void> {
  await lockChannels(db, [act], ["ready"]);
  await db.query(
    `update reeve.channel c set due_at = 0, version = c.version + 1 from reeve.act_target t
     where t.act = $1 and t.status = 'ready' and c.device = t.device and c.epoch = t.epoch
       and c.kind = 'device' and c.status = 'enrolled'`,
    [act],
  );
}

/**
 * Takes the channels of an act's devices before its targets are changed, in one order: a report takes its channel
 * first, too, and whoever comes the other way round is in its way (a deadlock, which takes a second to be seen).
 */
export async function lockChannels(
  db: Db,
  acts: readonly string[],
  statuses: readonly ActTarget["status"][],
): Promise<void> {
  await db.query(
    `select c.id from reeve.channel c
     where c.kind = 'device' and c.device = any(array(
       select t.device from reeve.act_target t where t.act = any($1) and t.status = any($2)))
     order by c.id for no key update`,
    [acts, statuses],
  );
}

/** The ids of those acts, by name and generation, that were frozen before. */
export async function knownActs(
  store: Store,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await store.query<{ name: string; id: string }>(
    "select name, id from reeve.act where name = any($1)",
    [names],
  );
  return new Map(rows.map((row) => [row.name, row.id]));
}

/** An act of which something may still be sent, or taken back. */
export interface OpenAct {
  readonly id: string;
  readonly name: string;
  readonly revision: string | undefined;
  readonly expiresAt: number;
  /** What was asked for, as canonical JSON. */
  readonly content: string;
}

/** Acts of which something may still be sent, or taken back. */
export async function openActs(store: Store): Promise<OpenAct[]> {
  const rows = await store.query<Omit<OpenAct, "revision"> & { revision: string | null }>(
    `select a.id, a.name, a.revision, a.expires_at as "expiresAt", a.content from reeve.act a
     where exists (select from reeve.act_target t where t.act = a.id and t.status in ('held', 'ready'))
       or (exists (select from reeve.act_target t where t.act = a.id and t.status = 'sent')
         and not exists (select from reeve.act_withdrawal w where w.act = a.id))
     order by a.created_at, a.id`,
  );
  return rows.map((row) => ({ ...row, revision: row.revision ?? undefined }));
}

/**
 * Ends what has not been sent of acts whose time is over, by the clock of the gate; the database tells of each in the
 * same statement, as of what a contact ends. Returns each.
 */
export async function expireActs(store: Store): Promise<{ name: string; device: string }[]> {
  return store.query(
    `with now as materialized (
       select reeve.now_ms($1) as at
     ), expired as (
       update reeve.act_target t set status = 'expired', updated_at = n.at
       from reeve.act a, now n where a.id = t.act and t.status in ('held', 'ready') and a.expires_at <= n.at
       returning a.name, t.device
     )
     select * from expired`,
    [store.clock()],
  );
}
