import { UserError } from "../errors.ts";
import { type TargetRow, targetsOfActs } from "./act-targets.ts";
import { lockChannels, makeDue } from "./acts.ts";
import { type Db, sqlState, withRetries } from "./db.ts";
import type { Store } from "./open.ts";

/** An act that waits for persons. */
export interface Hold {
  readonly act: string;
  readonly name: string;
  readonly author: string;
  /** Signatures or a token say who the author is; else the commits do. */
  readonly verified: boolean;
  /** Everybody who asked for it, folded: authors and committers, by name and address. */
  readonly persons: readonly string[];
  readonly reason: string;
  readonly revision: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** What must be approved: content, devices with their epochs, parameters. */
  readonly digest: string;
  /** False: its record is not what reeve has filed, and nobody may approve it. */
  readonly vouched: boolean;
  /** Enough have approved, and it leaves in so many ms; undefined while approvals are missing. */
  readonly readyIn: number | undefined;
  /** How many persons must approve, and who has, of exactly this digest and not yet expired. */
  readonly needs: number;
  readonly approvedBy: readonly string[];
  /** Devices of it that wait: that are held, or may leave and have not. */
  readonly count: number;
  /** All its devices. */
  readonly total: number;
  /** Of the first thousand devices, those that wait before all others. */
  readonly targets: readonly TargetRow[];
}

/** Acts with targets that are held, the oldest first. */
export function listHolds(store: Store): Promise<Hold[]> {
  return listStanding(store, "held");
}

/**
 * Acts with targets that may leave and have not been sent, the oldest first: what is approved, and what needs nobody's
 * approval. Without audits, which ask and do nothing.
 */
export function listReady(store: Store): Promise<Hold[]> {
  return listStanding(store, "ready");
}

/** How many acts `listReady` would list. */
export async function countReady(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(distinct act) as count from reeve.act_target where status = 'ready' and verb <> 'audit'",
    [],
  );
  return Number(row?.count ?? 0);
}

async function listStanding(store: Store, status: "held" | "ready"): Promise<Hold[]> {
  type Row = Omit<Hold, "targets" | "revision" | "readyIn">;
  const rows = await store.query<Row & { readonly revision: string | null; readonly readyIn: number | null }>(
    `with held as materialized (
       select t.act, count(*) as count from reeve.act_target t where t.status = $2 and t.verb <> 'audit' group by t.act
     )
     select a.id as act, a.name, a.author, a.verified, a.persons, a.reason, a.revision, a.created_at as "createdAt",
       a.expires_at as "expiresAt", g.digest, a.approvals as needs, h.count,
       (select count(distinct t.device) from reeve.act_target t where t.act = a.id) as total,
       reeve.is_vouched(a.id) as vouched, reeve.ready_in(a.id, $1) as "readyIn",
       array(select distinct p.by_person from reeve.approval p
         where p.act = a.id and p.digest = g.digest and p.expires_at > reeve.now_ms($1)) as "approvedBy"
     from held h join reeve.act a on a.id = h.act, lateral (select reeve.act_digest(a.id) as digest) g
     order by a.created_at, a.id`,
    [store.clock(), status],
  );
  const targets = await targetsOfActs(
    store,
    rows.map(({ act }) => act),
    1_000,
    status,
  );
  return rows.map((row) => ({
    ...row,
    revision: row.revision ?? undefined,
    readyIn: row.readyIn ?? undefined,
    targets: targets.get(row.act) ?? [],
  }));
}

/** How many devices wait for an approval. */
export async function countHeld(store: Store): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    "select count(*) as count from reeve.act_target where status = 'held' and verb <> 'audit'",
  );
  return row?.count ?? 0;
}

/** The one hold whose digest begins so, dashes aside; at least eight digits are needed. */
export async function findHold(store: Store, digest: string): Promise<Hold | undefined> {
  return theOne(await listHolds(store), digest);
}

/** The one act whose digest begins so of which something is held or may still leave. */
export async function findUnsent(store: Store, digest: string): Promise<Hold | undefined> {
  const found = [...(await listHolds(store)), ...(await listReady(store))];
  return theOne([...new Map(found.map((one) => [one.act, one])).values()], digest);
}

function theOne(holds: readonly Hold[], digest: string): Hold | undefined {
  const prefix = digest.replaceAll("-", "").toLowerCase();
  if (prefix.length < 8) return undefined;
  const found = holds.filter((hold) => hold.digest.startsWith(prefix));
  return found.length === 1 ? found[0] : undefined;
}

export type Approval =
  /** `ready`: enough persons have approved, and the devices are due. `leavesIn`: enough have, and it cools off, ms. */
  | { readonly type: "approved"; readonly ready: boolean; readonly leavesIn?: number }
  /**
   * `unknown-act`, `expired`, `over` (it stands for nobody any more), `changed` (it is no longer what the digest says), `own-act`, `author-unknown`,
   * `unvouched` (it is not what reeve has filed), `break-glass-off`, `break-glass-one`, `break-glass-used`.
   */
  | { readonly type: "refused"; readonly reason: string };

/**
 * Records that a person approves exactly this digest, over the approver's own connection, for at most 24 hours.
 * Throws UserError when the gate is enforced and no approver's connection was given.
 */
export async function approve(
  store: Store,
  approval: {
    readonly act: string;
    readonly digest: string;
    readonly by: string;
    /** Every name and address of the approver, folded. */
    readonly identities?: readonly string[];
    readonly note?: string;
    /** Alone, at once, for one device in 24 hours. */
    readonly breakGlass?: boolean;
    readonly ttlMs: number;
    readonly at: number;
  },
): Promise<Approval> {
  const [row] = await store.approver
    .query<{ answer: string }>("select reeve.approve($1, $2, $3, $4, $5, $6, $7, $8) as answer", [
      approval.act,
      approval.digest,
      approval.by,
      approval.note ?? null,
      approval.ttlMs,
      store.clock(),
      approval.identities ?? [],
      approval.breakGlass === true ? "break-glass" : "person",
    ])
    .catch((cause: unknown) => {
      if (sqlState(cause) !== "42501") throw cause;
      throw new UserError("no-approver", "this connection may not approve", {
        cause,
        hint: "Give the daemon the approver role's URL, or approve with it by `reeve approve --database-url`.",
      });
    });
  if (row?.answer !== "approved") return { type: "refused", reason: row?.answer ?? "unknown-act" };
  if (await makeReady(store, [approval.act], approval.at)) return { type: "approved", ready: true };
  const [hold] = await store.query<{ readyIn: number | null }>('select reeve.ready_in($1, $2) as "readyIn"', [
    approval.act,
    store.clock(),
  ]);
  const leavesIn = hold?.readyIn ?? undefined;
  return { type: "approved", ready: false, ...(leavesIn === undefined ? {} : { leavesIn }) };
}

/**
 * Targets become ready when enough persons approved and the act has cooled off; whether they may be sent is decided by
 * the gate again. True when any did.
 */
function makeReady(store: Store, acts: readonly string[], at: number): Promise<boolean> {
  const work = async (db: Db): Promise<boolean> => {
    await lockChannels(db, acts, ["held"]);
    const rows = await db.query<{ act: string }>(
      `with cooled as materialized (
         select a.id from unnest($1::text[]) a(id) where reeve.ready_in(a.id, $3) = 0 and reeve.is_vouched(a.id)
       )
       update reeve.act_target t set status = 'ready', note = null, updated_at = $2
       from cooled c where t.act = c.id and t.status = 'held' returning t.act`,
      [acts, at, store.clock()],
    );
    for (const act of new Set(rows.map((row) => row.act))) await makeDue(db, act);
    return rows.length > 0;
  };
  return withRetries(() => store.transaction(work));
}

/**
 * Lets the gate see that time has passed, and what engages the breaker; acts that have cooled off become ready. The
 * reconciler calls this at each tick.
 */
export async function watchGate(store: Store, at: number): Promise<void> {
  await store.query("select reeve.gate_watch($1)", [store.clock()]);
  const rows = await store.query<{ act: string }>(
    `select distinct p.act from reeve.approval p
     where p.expires_at > reeve.now_ms($1)
       and exists (select from reeve.act_target t where t.act = p.act and t.status = 'held')`,
    [store.clock()],
  );
  if (rows.length > 0)
    await makeReady(
      store,
      rows.map((row) => row.act),
      at,
    );
}

/** Has the gate look at an act that it refused: one that was tampered with engages the breaker. True for such a one. */
export async function checkAct(store: Store, act: string): Promise<boolean> {
  const [row] = await store.query<{ tampered: boolean }>("select reeve.check_act($1, $2) as tampered", [
    act,
    store.clock(),
  ]);
  return row?.tampered === true;
}

/** Keeps why the gate did not let a device's part of an act go that is ready. False when that was known. */
export async function noteWait(store: Store, act: string, device: string, note: string): Promise<boolean> {
  const known = await store.query(
    `select from reeve.act_target where act = $1 and device = $2 and status = 'ready' and note = $3`,
    [act, device, note],
  );
  if (known.length > 0) return false;
  await store.query(
    `update reeve.act_target set note = $3 where act = $1 and device = $2 and status = 'ready'`,
    [act, device, note],
  );
  return true;
}

/** Puts a device's part of an act back on hold: the gate refused it because its approval ended or changed. */
export async function holdAgain(
  store: Store,
  act: string,
  device: string,
  note: string,
  at: number,
): Promise<void> {
  await store.query(
    `update reeve.act_target set status = 'held', note = $3, updated_at = $4
     where act = $1 and device = $2 and status = 'ready'`,
    [act, device, note, at],
  );
}
