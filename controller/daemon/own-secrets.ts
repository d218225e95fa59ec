import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Config, secretsOf } from "../config.ts";

/** Shorter texts would be found in values that have nothing to do with them. */
const shortest = 6;

/**
 * Tells whether a text holds one of reeve's own secrets: a password or address of its configuration, a key file, or
 * the token of a person. No Secret of a repository may be read that does, wherever its value lies: a folder of
 * secrets often holds the daemon's own as well.
 */
export function ownSecretsOf(config: Config): (value: string) => boolean {
  const texts = [
    ...secretsOf(config).map((secret) => secret.reveal().trim()),
    ...keyFiles(config).flatMap(contentOf),
    ...privateKeyIn(config.android.serviceAccount?.reveal()),
  ].filter((text) => text.length >= shortest);
  const tokens = new Set(config.persons.flatMap((person) => person.tokens));
  return (value) =>
    texts.some((text) => value.includes(text)) ||
    tokens.has(createHash("sha256").update(value.trim()).digest("hex"));
}

function keyFiles({ store, source, device, admin, apple }: Config): readonly string[] {
  return [
    store.keyFile,
    source.sshKeyFile,
    device.tls.keyFile,
    admin.tls.keyFile,
    apple.pushKeyFile,
    apple.business.keyFile,
    apple.profileSigning.keyFile,
  ].filter((file) => file !== undefined);
}

/** The key alone out of the JSON of a service account, which a Secret could hold without the rest. */
function privateKeyIn(account: string | undefined): readonly string[] {
  const key: unknown = account === undefined ? undefined : JSON.parse(account).private_key;
  return typeof key === "string" ? [key.trim()] : [];
}

/** A file that cannot be read now is told by whoever needs it. */
function contentOf(file: string): readonly string[] {
  try {
    return [readFileSync(file, "utf8").trim()];
  } catch {
    return [];
  }
}
