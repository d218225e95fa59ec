import { UserError } from "../errors.ts";
import type { TargetRow } from "./acts.ts";
import { listTargets, makeDue } from "./acts.ts";
import { type Db, sqlState, withRetries } from "./db.ts";
import type { Store } from "./open.ts";

/** An act that waits for persons. */
export interface Hold {
  readonly act: string;
  readonly name: string;
  readonly author: string;
  /** Everybody who asked for it, folded: authors and committers, by name and address. */
  readonly persons: readonly string[];
  readonly reason: string;
  readonly revision: string | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** What must be approved: content, devices with their epochs, parameters. */
  readonly digest: string;
  /** How many persons must approve, and who has, of exactly this digest and not yet expired. */
  readonly needs: number;
  readonly approvedBy: readonly string[];
  readonly count: number;
  /** The first thousand targets. */
  readonly targets: readonly TargetRow[];
}

/** Acts with targets that are held, the oldest first. */
export async function listHolds(store: Store): Promise<Hold[]> {
  const rows = await store.query<Omit<Hold, "targets" | "revision"> & { revision: string | null }>(
    `with held as materialized (
       select t.act, count(*) as count from reeve.act_target t where t.status = 'held' group by t.act
     )
     select a.id as act, a.name, a.author, a.persons, a.reason, a.revision, a.created_at as "createdAt",
       a.expires_at as "expiresAt", g.digest, a.approvals as needs, h.count,
       array(select distinct p.by_person from reeve.approval p
         where p.act = a.id and p.digest = g.digest and p.expires_at > reeve.now_ms($1)) as "approvedBy"
     from held h join reeve.act a on a.id = h.act, lateral (select reeve.act_digest(a.id) as digest) g
     order by a.created_at, a.id`,
    [store.clock()],
  );
  const holds: Hold[] = [];
  for (const row of rows) {
    holds.push({
      ...row,
      revision: row.revision ?? undefined,
      targets: await listTargets(store, row.act, 1000),
    });
  }
  return holds;
}

/** The one hold whose digest begins so, dashes aside; at least eight digits are needed. */
export async function findHold(store: Store, digest: string): Promise<Hold | undefined> {
  const prefix = digest.replaceAll("-", "").toLowerCase();
  if (prefix.length < 8) return undefined;
  const found = (await listHolds(store)).filter((hold) => hold.digest.startsWith(prefix));
  return found.length === 1 ? found[0] : undefined;
}

export type Approval =
  /** `ready`: enough persons have approved, and the devices are due. */
  | { readonly type: "approved"; readonly ready: boolean }
  /** `unknown-act`, `expired`, `changed` (it is no longer what the digest says), `own-act`, `author-unknown`. */
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
    readonly ttlMs: number;
    readonly at: number;
  },
): Promise<Approval> {
  const [row] = await store.approver
    .query<{ answer: string }>("select reeve.approve($1, $2, $3, $4, $5, $6, $7) as answer", [
      approval.act,
      approval.digest,
      approval.by,
      approval.note ?? null,
      approval.ttlMs,
      store.clock(),
      approval.identities ?? [],
    ])
    .catch((cause: unknown) => {
      if (sqlState(cause) !== "42501") throw cause;
      throw new UserError("no-approver", "this connection may not approve", {
        cause,
        hint: "Give the daemon the approver role's URL, or approve with it by `reeve approve --database-url`.",
      });
    });
  if (row?.answer !== "approved") return { type: "refused", reason: row?.answer ?? "unknown-act" };
  return { type: "approved", ready: await makeReady(store, approval) };
}

/** Targets become ready when enough persons approved; whether they may be sent is decided by the gate again. */
function makeReady(store: Store, approval: { act: string; digest: string; at: number }): Promise<boolean> {
  const work = async (db: Db): Promise<boolean> => {
    const rows = await db.query(
      `update reeve.act_target t set status = 'ready', note = null, updated_at = $3
       from reeve.act a
       where t.act = $1 and a.id = t.act and t.status = 'held' and a.approvals <= (
         select count(distinct lower(p.by_person)) from reeve.approval p
         where p.act = $1 and p.digest = $2 and p.expires_at > reeve.now_ms($4))
       returning t.device`,
      [approval.act, approval.digest, approval.at, store.clock()],
    );
    await makeDue(db, approval.act);
    return rows.length > 0;
  };
  return withRetries(() => store.transaction(work));
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
