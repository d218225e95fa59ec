import { type KeyObject, sign } from "node:crypto";

/** What a client of the API of Apple Business or School Manager is known by. */
export interface ApiClient {
  /** `BUSINESSAPI.…` or `SCHOOLAPI.…`. */
  readonly clientId: string;
  readonly keyId: string;
  /** P-256. */
  readonly key: KeyObject;
}

/** Whom an assertion is for, whatever the address is that it is sent to. */
const audience = "https://account.apple.com/auth/oauth2/v2/token";

/** It is made for each token, so it need not live longer than a request takes. */
const lifetimeMs = 10 * 60_000;

/** A signed statement of who asks for a token (RFC 7523), ES256. */
export function clientAssertion({ clientId, keyId, key }: ApiClient, now: number, id: string): string {
  const seconds = Math.floor(now / 1_000);
  const header = { alg: "ES256", kid: keyId, typ: "JWT" };
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    iat: seconds,
    exp: seconds + lifetimeMs / 1_000,
    jti: id,
  };
  const signed = `${encode(header)}.${encode(claims)}`;
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
