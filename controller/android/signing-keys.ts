import { createPublicKey, type KeyObject } from "node:crypto";
import type { Clock } from "../core/ports.ts";
import { Retry } from "../errors.ts";
import { isObject, listAt, textAt } from "./json-object.ts";

/** Google's keys for identity tokens, as a JSON Web Key Set (OpenID Connect, `jwks_uri` of accounts.google.com). */
export const googleKeysUrl = "https://www.googleapis.com/oauth2/v3/certs";

export interface SigningKeys {
  /** A key that is known now; nothing is fetched. */
  readonly known: (id: string) => KeyObject | undefined;
  /** The same, after the keys were fetched where that is due. Throws Retry when they cannot be. */
  readonly find: (id: string) => Promise<KeyObject | undefined>;
}

const mostBytes = 65_536;
const mostKeys = 50;
const timeoutMs = 10_000;
/** Google says for how long its keys are good; within these bounds it is believed. */
const longestMs = 24 * 3_600_000;
const shortestMs = 60_000;

/** Keys of an issuer, fetched when they are needed. A token with an unknown key has them fetched once a minute at most. */
export function signingKeys(url: string, clock: Clock): SigningKeys {
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let goodUntil = Number.NEGATIVE_INFINITY;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let fetching: Promise<void> | undefined;

  const known = (id: string): KeyObject | undefined => (clock() < goodUntil ? keys.get(id) : undefined);

  async function refresh(): Promise<void> {
    fetchedAt = clock();
    const fetched = await fetchKeys(url);
    keys = fetched.keys;
    goodUntil = clock() + Math.min(longestMs, Math.max(shortestMs, fetched.maxAgeMs));
  }

  return {
    known,
    async find(id) {
      const found = known(id);
      if (found !== undefined) return found;
      if (clock() - fetchedAt >= shortestMs) fetching ??= refresh().finally(() => (fetching = undefined));
      await fetching;
      if (clock() >= goodUntil)
        throw new Retry("google-keys", "Google's signing keys are not at hand", { afterMs: shortestMs });
      return known(id);
    },
  };
}

async function fetchKeys(url: string): Promise<{ keys: ReadonlyMap<string, KeyObject>; maxAgeMs: number }> {
  try {
    const response = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(timeoutMs) });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > mostBytes) throw new Error("the answer is too large");
      chunks.push(chunk);
    }
    if (response.status !== 200) throw new Error(`HTTP ${response.status}`);
    const keys = keysIn(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    const [, seconds] = /max-age=(\d{1,9})/.exec(response.headers.get("cache-control") ?? "") ?? [];
    return { keys, maxAgeMs: Number(seconds ?? 0) * 1_000 };
  } catch (cause) {
    throw new Retry("google-keys", `Google's signing keys cannot be read from ${url}`, {
      cause,
      afterMs: shortestMs,
    });
  }
}

function keysIn(value: unknown): ReadonlyMap<string, KeyObject> {
  const found = new Map<string, KeyObject>();
  for (const one of isObject(value) ? listAt(value, "keys").slice(0, mostKeys) : []) {
    if (!isObject(one)) continue;
    const [kid, kty, n, e] = ["kid", "kty", "n", "e"].map((key) => textAt(one, key));
    if (kid === undefined || kty !== "RSA" || n === undefined || e === undefined) continue;
    const key = createPublicKey({ key: { kty, n, e }, format: "jwk" });
    if ((key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048) found.set(kid, key);
  }
  if (found.size === 0) throw new Error("there is no key in it");
  return found;
}
