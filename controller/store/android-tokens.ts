import { sha256 } from "../core/canonical.ts";
import type { Store } from "./open.ts";

/** An enrollment token at Google, without its value. */
export interface TokenRow {
  /** By which it is listed and revoked. */
  readonly id: string;
  /** Google's name of it. */
  readonly name: string;
  /** The group that devices join; empty without one. */
  readonly label: string;
  readonly oneTime: boolean;
  readonly expiresAt: number;
  readonly by: string;
  readonly createdAt: number;
}

/** The id of a token: as long as a link's, and from the same kind of hash. */
export function tokenId(name: string): string {
  return sha256(name).slice(0, 12);
}

/** Remembers a token that Google made. */
export async function putToken(store: Store, token: Omit<TokenRow, "id">): Promise<void> {
  const { name, label, oneTime, expiresAt, by, createdAt } = token;
  await store.query(
    `insert into reeve.android_token (name, label, one_time, expires_at, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [name, label, oneTime, expiresAt, by, createdAt],
  );
}

/** Tokens that nobody revoked and whose time has not ended, the first to end first. */
export async function listTokens(store: Store, at: number): Promise<readonly TokenRow[]> {
  const rows = await store.query<Omit<TokenRow, "id">>(
    `select name, label, one_time as "oneTime", expires_at as "expiresAt", created_by as by, created_at as "createdAt"
     from reeve.android_token where revoked_at is null and expires_at > $1 order by expires_at, name`,
    [at],
  );
  return rows.map((row) => ({ ...row, id: tokenId(row.name) }));
}

/** True for a token that reeve made, by Google's name of it, while it is remembered: a month beyond its end. */
export async function isTokenOurs(store: Store, name: string): Promise<boolean> {
  return (await store.query("select from reeve.android_token where name = $1", [name])).length > 0;
}

/** Forgets that a token is in force, and those that ended a month ago altogether. */
export async function tokenRevoked(store: Store, name: string, at: number): Promise<void> {
  await store.query("update reeve.android_token set revoked_at = $2 where name = $1", [name, at]);
  await store.query("delete from reeve.android_token where least(expires_at, revoked_at) < $1", [
    at - 30 * 86_400_000,
  ]);
}
