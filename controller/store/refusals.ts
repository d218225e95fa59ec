import type { Event } from "../core/ledger.ts";
import { withRetries } from "./db.ts";
import { appendEvents } from "./events.ts";
import { toText } from "./json.ts";
import { type Lease, requireTerm } from "./leader.ts";
import type { Store } from "./open.ts";

/** An act that was refused whole. */
export interface ActRefusal {
  /** By name and generation. */
  readonly name: string;
  /** What was asked for, as canonical JSON. */
  readonly content: string;
  readonly expiresAt: number;
  readonly revision: string;
  readonly reason: string;
  readonly at: number;
}

/** Remembers that an act was refused, and tells of it in the same transaction. Throws Retry when the lease has passed on. */
export function refuseAct(
  store: Store,
  refusal: ActRefusal,
  events: readonly Event[],
  lease?: Lease,
): Promise<void> {
  const { name, content, expiresAt, revision, reason, at } = refusal;
  return withRetries(() =>
    store.transaction(async (db) => {
      if (lease !== undefined) await requireTerm(db, lease);
      await db.query(
        `insert into reeve.act_refusal (name, content, expires_at, revision, reason, at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (name) do update set content = excluded.content, expires_at = excluded.expires_at,
           revision = excluded.revision, reason = excluded.reason, at = excluded.at`,
        [name, content, expiresAt, revision, toText(reason), at],
      );
      await appendEvents(db, events);
    }),
  );
}

/** What is remembered of acts with these names. */
export function findRefusals(store: Store, names: readonly string[]): Promise<ActRefusal[]> {
  return store.query<ActRefusal>(
    `select name, content, expires_at as "expiresAt", revision, reason, at from reeve.act_refusal
     where name = any($1) order by name`,
    [names],
  );
}

/** An act that was refused, whole or for devices. */
export interface ToldRefusal {
  /** The number of its first event. */
  readonly seq: number;
  readonly at: number;
  /** By name and generation. */
  readonly act: string;
  /** When it is one. */
  readonly device: string | undefined;
  /** 0: it was refused whole, because of none. */
  readonly devices: number;
  /** The first of them. */
  readonly reason: string;
  readonly reasons: number;
  /** It was filed for other devices. */
  readonly filed: boolean;
}

/**
 * Acts that were refused, the newest first, each once for all devices of which that was said at one time; of one device
 * those that were refused because of it.
 */
export async function listRefused(
  store: Store,
  asked: {
    readonly device?: string | undefined;
    /** `Operation`, `Deprovision` or `Direct`. */
    readonly kind?: string | undefined;
    readonly since?: number | undefined;
    readonly before?: number | undefined;
    readonly limit: number;
  },
): Promise<readonly ToldRefusal[]> {
  const rows = await store.query<ToldRefusal & { readonly device: string | null }>(
    `select r.*, exists (select from reeve.act a where a.name = r.act and a.created_at = r.at) as filed
     from (
       select min(e.seq) as seq, e.at, coalesce(e.subject, '') as act, count(distinct e.device) as devices,
         case when count(distinct e.device) = 1 then min(e.device) end as device,
         (array_agg(e.message order by e.seq))[1] as reason, count(distinct e.message) as reasons
       from reeve.event e
       where e.type = 'act.refused' and ($1::text is null or e.device = $1)
         and ($2::bigint is null or e.at >= $2) and ($3::bigint is null or e.at < $3)
         and ($4::text is null or starts_with(e.subject, $4 || '/'))
       group by e.at, coalesce(e.subject, '')
       order by e.at desc, seq desc limit $5
     ) r
     order by r.at desc, r.seq desc`,
    [asked.device ?? null, asked.since ?? null, asked.before ?? null, asked.kind ?? null, asked.limit],
  );
  return rows.map((row) => ({ ...row, device: row.device ?? undefined }));
}
