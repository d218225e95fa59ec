import { type KeyObject, sign } from "node:crypto";

/** The service of GetToken by which Apple asks whether a Managed Apple Account signs in on a managed device. */
export const managedAccountService = "com.apple.maid";

/**
 * A JSON Web Token (RFC 7519, RS256) by which a server of the portal says so: signed with the key whose certificate
 * the portal has, issued by the server's UUID (Apple: "Get Token", access management for Managed Apple Accounts).
 */
export function managedAccountToken(claims: {
  readonly issuer: string;
  readonly key: KeyObject;
  readonly now: number;
  readonly id: string;
}): string {
  const { issuer: iss, key, now, id: jti } = claims;
  const body = { iss, iat: Math.floor(now / 1_000), jti, service_type: managedAccountService };
  const signed = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(body)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
