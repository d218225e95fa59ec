import { createHmac, X509Certificate } from "node:crypto";
import { sealFor } from "./cms.ts";

/** What a server token lets its holder sign with. */
export type TokenSecrets = {
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly accessToken: string;
  readonly accessSecret: string;
};

/** A server token as the portal gives it to a browser: an S/MIME message for the holder of a certificate's key. */
export function writeServerToken(secrets: TokenSecrets, expiresAt: number, certificate: string): Buffer {
  const json = JSON.stringify({
    consumer_key: secrets.consumerKey,
    consumer_secret: secrets.consumerSecret,
    access_token: secrets.accessToken,
    access_secret: secrets.accessSecret,
    access_token_expiry: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, "Z"),
  });
  const inner = [
    "Content-Type: text/plain;charset=UTF-8",
    "Content-Transfer-Encoding: 7bit",
    "",
    "-----BEGIN MESSAGE-----",
    json,
    "-----END MESSAGE-----",
    "",
  ].join("\r\n");
  const sealed = sealFor(Buffer.from(inner), new X509Certificate(certificate), "des-ede3-cbc");
  const lines = sealed.toString("base64").match(/.{1,76}/g) ?? [];
  return Buffer.from(
    [
      "MIME-Version: 1.0",
      'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"',
      "Content-Transfer-Encoding: base64",
      'Content-Disposition: attachment; filename="smime.p7m"',
      "",
      ...lines,
      "",
    ].join("\r\n"),
  );
}

/** What is wrong with the `Authorization` of a GET (OAuth 1.0, HMAC-SHA1); undefined when it is in order. */
export function authorizationFault(
  header: string | undefined,
  url: string,
  secrets: TokenSecrets,
  now: number,
): string | undefined {
  if (header?.startsWith("OAuth ") !== true) return "no OAuth";
  const given = new Map(
    [...header.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name = "", value = ""]) => [
      name,
      decodeURIComponent(value),
    ]),
  );
  if (given.get("oauth_consumer_key") !== secrets.consumerKey) return "another consumer";
  if (given.get("oauth_token") !== secrets.accessToken) return "another token";
  if (Math.abs(Number(given.get("oauth_timestamp")) * 1_000 - now) > 300_000) return "another time";
  const signed = [...given]
    .filter(([name]) => name !== "oauth_signature" && name !== "realm")
    .map(([name, value]) => [strict(name), strict(value)].join("="))
    .sort();
  const base = ["GET", strict(url), strict(signed.join("&"))].join("&");
  const key = `${strict(secrets.consumerSecret)}&${strict(secrets.accessSecret)}`;
  const expected = createHmac("sha1", key).update(base).digest("base64");
  return given.get("oauth_signature") === expected ? undefined : "a wrong signature";
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(
    /[!*'()]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
