import { createPrivateKey } from "node:crypto";
import { auth } from "googleapis/build/src/apis/androidmanagement/index.js";
import type { Secret } from "../config/secret.ts";
import { UserError } from "../errors.ts";

/** How Google knows who calls. */
export type GoogleAccess =
  /** The key file of a service account, as Google gives it. */
  | { readonly type: "service-account"; readonly key: Secret }
  /** What the host has: `GOOGLE_APPLICATION_CREDENTIALS`, a well-known file, or the metadata server of the cloud. */
  | { readonly type: "host" }
  /** An emulator at this address: it takes anybody, or whoever has this key. */
  | { readonly type: "emulator"; readonly rootUrl: string; readonly key?: Secret | undefined };

/** What a service account needs: devices, and the events about them. */
const scopes = [
  "https://www.googleapis.com/auth/androidmanagement",
  "https://www.googleapis.com/auth/pubsub",
];

/** The credentials for Google's client; a made-up token where there is no key. Throws UserError for a file that is none. */
export function credentialsOf(access: GoogleAccess) {
  if (access.type === "emulator") {
    if (access.key !== undefined) return forEmulator(access.rootUrl, serviceAccount(access.key.reveal()));
    const client = new auth.OAuth2();
    client.setCredentials({ access_token: "emulator" });
    return client;
  }
  if (access.type === "host") return new auth.GoogleAuth({ scopes });
  const { email, key } = serviceAccount(access.key.reveal());
  return new auth.JWT({ email, key, scopes });
}

/** Without scopes a token is signed for one place, here the emulator: it is good for nothing at Google. */
function forEmulator(rootUrl: string, account: ReturnType<typeof serviceAccount>) {
  const client = new auth.JWT(account);
  client.defaultServicePath = new URL(rootUrl).host;
  return client;
}

/** The text itself is never part of a message. */
function serviceAccount(text: string): { readonly email: string; readonly key: string } {
  const file = parsed(text);
  const { type, client_email: email, private_key: key } = file ?? {};
  if (type !== "service_account" || typeof email !== "string" || typeof key !== "string" || !isKey(key))
    throw new UserError("google-credentials", "the key of the service account is not one", {
      hint: "Set the whole JSON file that Google gives for a key: it has type, client_email and private_key.",
    });
  return { email, key };
}

function isKey(text: string): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
