import { createHash } from "node:crypto";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** JSON with sorted keys and without `undefined`: equal values give equal text. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).filter(([, entry]) => entry !== undefined);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** SHA-256 of a text or of bytes, in lower-case hex. */
export function sha256(input: string | Uint8Array): string {
  return createHash("sha256").update(input).digest("hex");
}

/** The digest by which equal states are recognised and stored once. */
export function digestOf(value: unknown): string {
  return sha256(canonical(value));
}

const digests = new WeakMap<object, string>();

/** The digest of a record that nobody changes any more, computed once for each object. */
export function digestOnce(record: object): string {
  const known = digests.get(record);
  if (known !== undefined) return known;
  const fresh = digestOf(record);
  digests.set(record, fresh);
  return fresh;
}

/** A name-based UUID (RFC 9562, version 5) in upper case, as Apple writes them. */
export function uuidFrom(namespace: string, name: string): string {
  const hash = createHash("sha1").update(namespace).update("\0").update(name).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString("hex").toUpperCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
