import { type KeyObject, verify } from "node:crypto";
import type { Clock } from "../core/ports.ts";
import { isObject, type JsonObject, textAt } from "./json-object.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Who may push events, by what Google signs (Pub/Sub, authentication for push subscriptions). */
export interface PushIdentity {
  /** Why this header is not Google's, as far as that is known without asking; undefined when it may be. */
  readonly screen: (authorization: string | undefined) => string | undefined;
  /** Why it is not; undefined when it is. Throws Retry when Google's keys cannot be fetched. */
  readonly refusal: (authorization: string | undefined) => Promise<string | undefined>;
}

export interface PushExpected {
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly audience: () => string;
  /** The e-mail address of the service account of the subscription. */
  readonly serviceAccount: string;
}

/** Both are Google's (OpenID Connect). */
const issuers: ReadonlySet<unknown> = new Set(["https://accounts.google.com", "accounts.google.com"]);
/** Longer than any token of Google's. */
const mostCharacters = 4_096;
/** Clocks may differ by so much. */
const skewMs = 60_000;
/** Google's tokens are good for an hour. */
const longestMs = 3_600_000;

/** Takes a token (JWT, RFC 7519) of Google's, for this audience and this service account, that is good now. */
export function pushIdentity(expected: PushExpected): PushIdentity {
  function examined(authorization: string | undefined): Token | string {
    const token = tokenIn(authorization);
    if (typeof token === "string") return token;
    return wrongClaim(token.claims, expected) ?? token;
  }
  return {
    screen(authorization) {
      const token = examined(authorization);
      if (typeof token === "string") return token;
      const key = expected.keys.known(token.keyId);
      // Whoever has no key at hand yet comes again with a small body, or later.
      return key === undefined ? "unknown-key" : wrongSignature(token, key);
    },
    async refusal(authorization) {
      const token = examined(authorization);
      if (typeof token === "string") return token;
      const key = await expected.keys.find(token.keyId);
      return key === undefined ? "unknown-key" : wrongSignature(token, key);
    },
  };
}

interface Token {
  readonly keyId: string;
  readonly claims: JsonObject;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

function tokenIn(authorization: string | undefined): Token | string {
  if (authorization === undefined) return "no-token";
  if (authorization.length > mostCharacters) return "malformed-token";
  const match = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/i.exec(authorization);
  if (match === null) return "malformed-token";
  const [, head = "", body = "", signature = ""] = match;
  const [header, claims] = [jsonOf(head), jsonOf(body)];
  const keyId = textAt(header, "kid");
  if (claims === undefined || keyId === undefined) return "malformed-token";
  // The only one that Google uses; what a token says of its own algorithm decides nothing.
  if (textAt(header, "alg") !== "RS256") return "wrong-algorithm";
  return {
    keyId,
    claims,
    signed: Buffer.from(`${head}.${body}`),
    signature: Buffer.from(signature, "base64url"),
  };
}

function wrongClaim(
  claims: JsonObject,
  { audience, serviceAccount, clock }: PushExpected,
): string | undefined {
  const now = clock();
  if (!issuers.has(claims.iss)) return "wrong-issuer";
  if (claims.aud !== audience()) return "wrong-audience";
  if (claims.email !== serviceAccount || claims.email_verified !== true) return "wrong-account";
  const [from, until] = [claims.iat, claims.exp].map((at) =>
    typeof at === "number" ? at * 1_000 : Number.NaN,
  );
  if (from === undefined || until === undefined || !(until > now - skewMs)) return "expired-token";
  return from <= now + skewMs && until - from <= longestMs + skewMs ? undefined : "expired-token";
}

function wrongSignature({ signed, signature }: Token, key: KeyObject): string | undefined {
  return verify("sha256", signed, key, signature) ? undefined : "wrong-signature";
}

function jsonOf(part: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
