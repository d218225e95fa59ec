import { randomBytes } from "node:crypto";
import type { Store } from "./open.ts";

/** An enrollment token of Google's, without its value. */
export interface TokenRow {
  /** Of our own making: it travels with the token, and by it the token is listed and revoked. */
  readonly id: string;
  /** Google's name of it; undefined while Google has not said so. */
  readonly name: string | undefined;
  /** The group that devices join; empty without one. */
  readonly label: string;
  readonly oneTime: boolean;
  /** What it allows, in Google's word. */
  readonly usage: string;
  /** The id of the link that it was made for. */
  readonly link: string | undefined;
  readonly expiresAt: number;
  /** Nobody wants it any more since then. */
  readonly revokedAt: number | undefined;
  /** The call that asked for it ended then, without an answer. */
  readonly lostAt: number | undefined;
  /** Google has it no more, or never had it. */
  readonly gone: boolean;
  readonly by: string;
  readonly createdAt: number;
}

/** A new id, as long as a link's. */
export function newTokenId(): string {
  return randomBytes(6).toString("hex");
}

const columns = `id, name, label, one_time as "oneTime", usage, link, expires_at as "expiresAt",
  revoked_at as "revokedAt", lost_at as "lostAt", gone, created_by as by, created_at as "createdAt"`;

/** Remembers a token before Google is asked for it. */
export async function rememberToken(
  store: Store,
  token: Omit<TokenRow, "name" | "revokedAt" | "lostAt" | "gone">,
): Promise<void> {
  const { id, label, oneTime, usage, link, expiresAt, by, createdAt } = token;
  await store.query(
    `insert into reeve.android_token (id, label, one_time, usage, link, expires_at, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, label, oneTime, usage, link ?? null, expiresAt, by, createdAt],
  );
}

/** Google has made it, under this name. False when nobody wants it any more. */
export async function tokenMade(store: Store, id: string, name: string): Promise<boolean> {
  const rows = await store.query<{ at: number | null }>(
    "update reeve.android_token set name = $2 where id = $1 returning revoked_at as at",
    [id, name],
  );
  return rows[0]?.at === null;
}

/** Nobody knows whether Google has made it. */
export async function tokenLost(store: Store, id: string, at: number): Promise<void> {
  await store.query("update reeve.android_token set lost_at = $2 where id = $1", [id, at]);
}

/** Google has it no more, or never made it; then the link that it was made for may be used once more. */
export async function tokenGone(store: Store, id: string, wasMade: boolean): Promise<void> {
  await store.query(
    `with over as (
       update reeve.android_token set gone = true where id = $1 and not gone returning link
     )
     update reeve.link l set uses_left = l.uses_left + 1 from over
     where not $2 and left(l.hash, 12) = over.link`,
    [id, wasMade],
  );
}

/** Tokens that devices may come with, and that no link was made for; the first to end first. */
export async function listTokens(store: Store, at: number): Promise<readonly TokenRow[]> {
  const rows = await store.query<TokenRow>(
    `select ${columns} from reeve.android_token
     where name is not null and revoked_at is null and not gone and link is null and expires_at > $1
     order by expires_at, id`,
    [at],
  );
  return rows.map(withoutNulls);
}

/** A token that is remembered. */
export async function findToken(store: Store, id: string): Promise<TokenRow | undefined> {
  const [row] = await store.query<TokenRow>(`select ${columns} from reeve.android_token where id = $1`, [id]);
  return row && withoutNulls(row);
}

/** The token of a link that has not ended as far as is known; there is one at a time. */
export async function tokenOfLink(store: Store, link: string, at: number): Promise<TokenRow | undefined> {
  const [row] = await store.query<TokenRow>(
    `select ${columns} from reeve.android_token
     where link = $1 and revoked_at is null and not gone and expires_at > $2
     order by created_at desc limit 1`,
    [link, at],
  );
  return row && withoutNulls(row);
}

/** Notes that nobody wants a token any more; it is taken away at Google afterwards. False when it was not in force. */
export async function revokeToken(store: Store, id: string, at: number): Promise<TokenRow | undefined> {
  const [row] = await store.query<TokenRow>(
    `update reeve.android_token set revoked_at = $2
     where id = $1 and revoked_at is null and not gone and name is not null and link is null and expires_at > $2
     returning ${columns}`,
    [id, at],
  );
  return row && withoutNulls(row);
}

/** A call that is neither answered nor lost for so long was made by a process that is no more, ms. */
export const longestCallMs = 15 * 60_000;
/** A token that was lost is looked for after so long, ms: Google may show it late. */
const showsAfterMs = 60_000;

/** Tokens that nobody wants and Google may still have, and those that were asked for and of which it said nothing. */
export async function unsettledTokens(store: Store, at: number): Promise<readonly TokenRow[]> {
  const rows = await store.query<TokenRow>(
    `select ${columns} from reeve.android_token
     where not gone and (revoked_at is not null and name is not null
       or name is null and (lost_at < $1 or created_at < $2))
     order by created_at limit 100`,
    [at - showsAfterMs, at - longestCallMs],
  );
  return rows.map(withoutNulls);
}

/** Which of these names of Google's are remembered. */
export async function knownTokens(store: Store, names: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await store.query<{ name: string }>(
    "select name from reeve.android_token where name = any($1::text[])",
    [names],
  );
  return new Set(rows.map((row) => row.name));
}

/** Forgets tokens that ended a month ago. */
export async function forgetTokens(store: Store, at: number): Promise<void> {
  await store.query("delete from reeve.android_token where least(expires_at, revoked_at) < $1", [
    at - 30 * 86_400_000,
  ]);
}

function withoutNulls(row: TokenRow): TokenRow {
  return {
    ...row,
    name: row.name ?? undefined,
    link: row.link ?? undefined,
    revokedAt: row.revokedAt ?? undefined,
    lostAt: row.lostAt ?? undefined,
  };
}
