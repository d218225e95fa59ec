import { sha256 } from "../core/canonical.ts";
import type { Facts } from "../core/facts.ts";
import type { Store } from "./open.ts";

/** A link under which an enrollment profile can be fetched a few times. */
export interface NewLink {
  readonly secret: string;
  readonly label: string;
  /** The serial number that its profiles are bound to. */
  readonly boundTo?: string | undefined;
  /** The address that it is mailed to. */
  readonly mailedTo?: string | undefined;
  /** False for one that lets no Apple devices in. */
  readonly apple?: boolean;
  /** What its tokens for Android devices allow; undefined for one that lets none in. */
  readonly android?: string | undefined;
  readonly uses: number;
  readonly expiresAt: number;
  readonly asserted: Facts;
  readonly by: string;
  readonly at: number;
}

/** A link as it stands. Its id is the beginning of its hash, which says nothing about its secret. */
export interface LinkRow {
  readonly id: string;
  readonly label: string;
  readonly boundTo: string | undefined;
  readonly mailedTo: string | undefined;
  readonly apple: boolean;
  readonly android: string | undefined;
  readonly usesLeft: number;
  readonly expiresAt: number;
  readonly revokedAt: number | undefined;
  readonly asserted: Facts;
  readonly by: string;
  readonly createdAt: number;
}

/** The id by which a link is listed, revoked and named in events. */
export function linkId(secret: string): string {
  return sha256(secret).slice(0, idLength);
}

const idLength = 12;

const columns = `left(hash, ${idLength}) as id, label, bound_to as "boundTo", mailed_to as "mailedTo", apple, android,
  uses_left as "usesLeft", expires_at as "expiresAt", revoked_at as "revokedAt", asserted, created_by as by,
  created_at as "createdAt"`;

/** Makes a link valid. Like a challenge, it is kept as a hash. */
export async function createLink(store: Store, link: NewLink): Promise<void> {
  await store.query(
    `insert into reeve.link
       (hash, label, bound_to, mailed_to, apple, android, uses_left, expires_at, asserted, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      sha256(link.secret),
      link.label,
      link.boundTo ?? null,
      link.mailedTo ?? null,
      link.apple ?? true,
      link.android ?? null,
      link.uses,
      link.expiresAt,
      link.asserted,
      link.by,
      link.at,
    ],
  );
}

/** A link that was made, whether it is still good or not; undefined when it never was, or was forgotten. */
export async function findLink(store: Store, secret: string): Promise<LinkRow | undefined> {
  const [row] = await store.query<LinkRow>(`select ${columns} from reeve.link where hash = $1`, [
    sha256(secret),
  ]);
  return row === undefined ? undefined : withoutNulls(row);
}

/** Takes one use of a link and tells what enrollments under it assert; undefined when it is no good any more. */
export async function redeemLink(
  store: Store,
  secret: string,
  at: number,
): Promise<Pick<NewLink, "asserted" | "label" | "boundTo"> | undefined> {
  const [row] = await store.query<{ asserted: Facts; label: string; boundTo: string | null }>(
    `update reeve.link set uses_left = uses_left - 1
     where hash = $1 and uses_left > 0 and expires_at > $2 and revoked_at is null
     returning asserted, label, bound_to as "boundTo"`,
    [sha256(secret), at],
  );
  return row === undefined ? undefined : { ...row, boundTo: row.boundTo ?? undefined };
}

/** Links that can still be used, the first to expire first. */
export async function listLinks(store: Store, at: number): Promise<LinkRow[]> {
  const rows = await store.query<LinkRow>(
    `select ${columns} from reeve.link where uses_left > 0 and expires_at > $1 and revoked_at is null
     order by expires_at, label, hash`,
    [at],
  );
  return rows.map(withoutNulls);
}

/** What was fetched with a link before it was revoked: its profiles, whose challenges nobody has used up. */
export function challengesOf(id: string): string {
  return `link ${id}`;
}

/**
 * Revokes links by their ids, and with them the profiles that were fetched with them and not used yet, and the tokens
 * that were made for them, which go at Google afterwards. The ids of those that were good until now.
 */
export async function revokeLinks(store: Store, ids: readonly string[], at: number): Promise<string[]> {
  const rows = await store.query<{ id: string }>(
    `with revoked as (
       update reeve.link set revoked_at = $2
       where left(hash, ${idLength}) = any($1::text[]) and revoked_at is null returning hash, uses_left, expires_at
     ), spent as (
       update reeve.challenge c set expires_at = $2 from revoked r
       where c.created_by = 'link ' || left(r.hash, ${idLength}) and c.expires_at > $2 returning c.hash
     ), taken as (
       update reeve.android_token t set revoked_at = $2 from revoked r
       where t.link = left(r.hash, ${idLength}) and t.revoked_at is null returning t.id
     )
     select left(hash, ${idLength}) as id from revoked`,
    [ids, at],
  );
  return rows.map((row) => row.id);
}

function withoutNulls(row: LinkRow): LinkRow {
  return {
    ...row,
    boundTo: row.boundTo ?? undefined,
    mailedTo: row.mailedTo ?? undefined,
    android: row.android ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
  };
}
