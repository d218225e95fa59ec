import { secretsIn } from "../core/compile-items.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import type { Revised } from "./revise.ts";
import type { RevisionSettings } from "./secrets.ts";

const name = "secret-fingerprints";

/** The settings with the fingerprints of the revision in force, so that a secret that cannot be read changes nothing. */
export async function withLastFingerprints(
  store: Store,
  settings: RevisionSettings,
): Promise<RevisionSettings> {
  const stored = await getMaterial(store, name);
  if (stored === undefined) return settings;
  return { ...settings, lastFingerprints: JSON.parse(stored.toString("utf8")) as Record<string, string> };
}

/** Keeps the fingerprints of the secrets that a revision uses. */
export async function noteFingerprints(
  store: Store,
  { compiled, secrets }: Revised,
  at: number,
): Promise<void> {
  const used = new Set([...compiled.contents.values()].flatMap(secretsIn));
  const known = [...used].map((secret) => [secret, secrets.fingerprint(secret)]);
  await putMaterial(
    store,
    name,
    JSON.stringify(Object.fromEntries(known.filter(([, print]) => print !== undefined))),
    at,
  );
}
