import type { Event } from "../core/ledger.ts";
import { appendEvents } from "./events.ts";
import { toJson } from "./json.ts";
import type { Store } from "./open.ts";

/** An item of a rendered policy, and what it is known by. */
export interface RenderedItem {
  readonly kind: "AndroidFragment" | "AndroidApp";
  readonly id: string;
  readonly digest: string;
  readonly onLeave: "remove" | "keep";
}

/** What a policy holds, for finding what a device's complaint is about. */
export interface Rendering {
  readonly hash: string;
  readonly items: Readonly<Record<string, RenderedItem>>;
  readonly sources: Readonly<Record<string, { readonly leaf: string; readonly items: readonly string[] }>>;
  /** With secrets and variables as place-holders. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface PolicyRow {
  readonly id: string;
  readonly hash: string;
  readonly writing: boolean;
  readonly version: bigint | undefined;
  readonly refusal: string | undefined;
  readonly retryAt: number;
  readonly attempts: number;
}

/**
 * What joins to a channel `c` why the policy of its device is not at Google, as `g.refusal`, after as many attempts as
 * an item counts as stalled (core/condition.ts); it is null for all others.
 */
export const joinRefusal = `left join (
    select a.channel, p.refusal from reeve.android_device a
    join reeve.android_policy p on p.id = coalesce(a.awaited, a.policy) and p.writing and p.attempts >= 3) g on g.channel = c.id`;

/** The policies that reeve has at Google. */
export async function listAndroidPolicies(store: Store): Promise<readonly PolicyRow[]> {
  const rows = await store.query<{
    id: string;
    hash: string;
    writing: boolean;
    version: string | null;
    refusal: string | null;
    retryAt: number;
    attempts: number;
  }>(
    `select id, hash, writing, version::text, refusal, retry_at as "retryAt", attempts
     from reeve.android_policy order by id`,
  );
  return rows.map((row) => ({
    ...row,
    version: row.version === null ? undefined : BigInt(row.version),
    refusal: row.refusal ?? undefined,
  }));
}

/** Remembers, before it leaves, what a policy is about to hold. */
export async function intendPolicy(
  store: Store,
  policy: { readonly id: string; readonly rendering: Rendering; readonly at: number },
): Promise<void> {
  const { hash, items, sources, body } = policy.rendering;
  await store.transaction(async (db) => {
    await db.query(
      `insert into reeve.android_rendering (hash, items, sources, body, created_at) values ($1, $2, $3, $4, $5)
       on conflict (hash) do nothing`,
      [hash, toJson(items), toJson(sources), toJson(body), policy.at],
    );
    await db.query(
      `insert into reeve.android_policy as p (id, hash, writing, at) values ($1, $2, true, $3)
       on conflict (id) do update set hash = excluded.hash, writing = true, at = excluded.at,
         attempts = case when p.hash = excluded.hash then p.attempts else 0 end,
         refusal = case when p.hash = excluded.hash then p.refusal end,
         retry_at = case when p.hash = excluded.hash then p.retry_at else 0 end`,
      [policy.id, hash, policy.at],
    );
  });
}

/** Google has it: which number it gave to this content is kept for as long as a device may have it. `events` are told with it. */
export async function policyWritten(
  store: Store,
  policy: { readonly id: string; readonly hash: string; readonly version: bigint; readonly at: number },
  events: readonly Event[],
): Promise<void> {
  const { id, hash, version, at } = policy;
  await store.transaction(async (db) => {
    await db.query(
      `update reeve.android_policy set writing = false, version = $3, refusal = null, retry_at = 0, attempts = 0, at = $4
       where id = $1 and hash = $2`,
      [id, hash, version.toString(), at],
    );
    await db.query(
      `insert into reeve.android_policy_version (policy, version, hash, at) values ($1, $2, $3, $4)
       on conflict (policy, version) do update set hash = excluded.hash`,
      [id, version.toString(), hash, at],
    );
    await appendEvents(db, events);
  });
}

/** Google refused it, or nobody knows whether it has it: it is read or written again, no sooner than `retryAt`. `events` are told with it. */
export async function policyNotWritten(
  store: Store,
  policy: {
    readonly id: string;
    readonly hash: string;
    readonly refusal?: string;
    readonly retryAt: number;
  },
  events: readonly Event[],
): Promise<void> {
  await store.transaction(async (db) => {
    await db.query(
      `update reeve.android_policy
       set writing = true, refusal = $3, retry_at = $4, attempts = attempts + 1 where id = $1 and hash = $2`,
      [policy.id, policy.hash, policy.refusal ?? null, policy.retryAt],
    );
    await appendEvents(db, events);
  });
}

/** What was refused or not answered of the policies of these devices is written again at once. */
export async function retryPolicies(store: Store, channels: readonly string[]): Promise<void> {
  await store.query(
    `update reeve.android_policy set retry_at = 0
     where writing and id in (select policy from reeve.android_device where channel = any($1))`,
    [channels],
  );
}

/** What versions of policies hold, by `POLICY@VERSION`; those that reeve did not write are missing. */
export async function findRenderings(
  store: Store,
  versions: readonly { readonly policy: string; readonly version: bigint }[],
): Promise<ReadonlyMap<string, Rendering>> {
  if (versions.length === 0) return new Map();
  const rows = await store.query<Rendering & { policy: string; version: string }>(
    `select v.policy, v.version::text, r.hash, r.items, r.sources, r.body
     from reeve.android_policy_version v join reeve.android_rendering r on r.hash = v.hash
     where (v.policy, v.version) in (select * from unnest($1::text[], $2::bigint[]))`,
    [versions.map(({ policy }) => policy), versions.map(({ version }) => version.toString())],
  );
  return new Map(rows.map(({ policy, version, ...rendering }) => [`${policy}@${version}`, rendering]));
}

/** Forgets policies that no device has or has applied, and that Google does not hold any more. */
export async function forgetPolicy(store: Store, id: string): Promise<void> {
  await store.query(
    `delete from reeve.android_policy p where p.id = $1
       and not exists (select from reeve.android_device a where a.policy = p.id or a.applied_policy = p.id)`,
    [id],
  );
}

/** Policies that nobody has, has applied, or is about to get, since a while. */
export async function idlePolicies(store: Store, before: number): Promise<readonly string[]> {
  const rows = await store.query<{ id: string }>(
    `select p.id from reeve.android_policy p
     where not p.writing and p.at < $1
       and not exists (select from reeve.android_device a where a.policy = p.id or a.applied_policy = p.id)
     order by p.id`,
    [before],
  );
  return rows.map((row) => row.id);
}

/** Counts a policy as used at this time: Google did not let it go. */
export async function keepPolicy(store: Store, id: string, at: number): Promise<void> {
  await store.query("update reeve.android_policy set at = $2 where id = $1", [id, at]);
}
