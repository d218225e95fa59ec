import { createHmac } from "node:crypto";
import type { ServerToken } from "./server-token.ts";

/** What makes a signature differ from the one before: a random word, and the time in epoch ms. */
export interface Fresh {
  readonly nonce: string;
  readonly now: number;
}

/** The `Authorization` header of a GET without a query: OAuth 1.0 with HMAC-SHA1 (RFC 5849 §3). */
export function authorizationOf(url: string, token: ServerToken, { nonce, now }: Fresh): string {
  const parameters: Record<string, string> = {
    oauth_consumer_key: token.consumerKey,
    oauth_nonce: nonce,
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(Math.floor(now / 1_000)),
    oauth_token: token.accessToken,
    oauth_version: "1.0",
  };
  const listed = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const base = `GET&${encode(url)}&${encode(listed)}`;
  const key = `${encode(token.consumerSecret)}&${encode(token.accessSecret)}`;
  const signature = createHmac("sha1", key).update(base).digest("base64");
  const all = { realm: "ADM", ...parameters, oauth_signature: signature };
  return `OAuth ${Object.entries(all)
    .map(([name, value]) => `${name}="${encode(value)}"`)
    .join(", ")}`;
}

/** Percent-encoding of RFC 5849 §3.6, which is stricter than that of URLs. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
