import { verify } from "node:crypto";
import { isObject } from "./google/field-mask.ts";
import type { Json } from "./kept.ts";

export type WhoMayCall = {
  readonly accessTokens?: readonly string[];
  readonly serviceAccounts?: Readonly<Record<string, string>>;
};

/**
 * Says whether a token lets its holder call: one of those that were named, or one that a service account has signed
 * itself (RFC 7523; Google's "service account authorization without OAuth"). Any token where nobody is named.
 */
export function accessOf(
  { accessTokens, serviceAccounts }: WhoMayCall,
  here: { readonly rootUrl: () => string; readonly now: () => number },
): (token: string) => boolean {
  if (serviceAccounts === undefined)
    return accessTokens === undefined ? () => true : (token) => accessTokens.includes(token);
  return (token) =>
    accessTokens?.includes(token) === true || isSigned(token, serviceAccounts, here.rootUrl(), here.now());
}

function isSigned(
  token: string,
  accounts: Readonly<Record<string, string>>,
  rootUrl: string,
  now: number,
): boolean {
  const [head = "", claims = "", signature = ""] = token.split(".");
  const { iss, sub, aud, exp } = decoded(claims);
  const key = typeof iss === "string" && iss === sub ? accounts[iss] : undefined;
  if (key === undefined || decoded(head).alg !== "RS256") return false;
  // Signed for this emulator, and for no other place.
  if (aud !== `https://${new URL(rootUrl).host}/`) return false;
  if (typeof exp !== "number" || exp * 1_000 <= now) return false;
  return verify("sha256", Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, "base64url"));
}

function decoded(part: string): Json {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}
