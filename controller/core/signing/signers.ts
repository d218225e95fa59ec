import type { OpenpgpKey } from "./openpgp-key.ts";
import type { SshKey } from "./ssh-key.ts";

/** Whose signatures count, as the daemon's configuration declares it. */
export interface Signer {
  readonly name: string;
  /** Names and addresses of this person, as they are configured. */
  readonly emails: readonly string[];
  /** A forge that signs what it does for others, and is nobody itself. */
  readonly platform: boolean;
  readonly keys: readonly SigningKey[];
}

/** When a key counts. Times are epoch ms. */
export interface KeyTerm {
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Why it counts no more; it then never counted. */
  readonly revoked?: string;
}

export type SigningKey = KeyTerm &
  ({ readonly kind: "ssh"; readonly key: SshKey } | { readonly kind: "openpgp"; readonly key: OpenpgpKey });

/**
 * Why a key does not count for a commit, or undefined. It must be good now, and at the time that the commit claims.
 * That time is the committer's own word: an expired key that signs a commit dated back is refused, because it is over
 * now; a revoked one is refused whatever the commit says.
 */
export function whyNot(term: KeyTerm, committedAt: number, now: number): string | undefined {
  const { notBefore, notAfter, revoked } = term;
  if (revoked !== undefined) return `the key is revoked${revoked === "" ? "" : ` (${revoked})`}`;
  if (notAfter !== undefined && now >= notAfter) return `the key ended at ${day(notAfter)}`;
  if (notBefore !== undefined && now < notBefore) return `the key begins at ${day(notBefore)}`;
  if (notAfter !== undefined && committedAt >= notAfter)
    return `the commit is dated ${day(committedAt)}, after the key's end at ${day(notAfter)}`;
  if (notBefore !== undefined && committedAt < notBefore)
    return `the commit is dated ${day(committedAt)}, before the key's begin at ${day(notBefore)}`;
  return undefined;
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
