import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import type { Revised } from "./reviser.ts";
import type { Fingerprints, RevisionSettings } from "./secrets.ts";

const name = "secret-fingerprints";

/** The settings with the fingerprints of the revision in force, so that a secret that cannot be read changes nothing. */
export async function withLastFingerprints(
  store: Store,
  settings: RevisionSettings,
): Promise<RevisionSettings> {
  const stored = await getMaterial(store, name);
  if (stored === undefined) return settings;
  return { ...settings, lastFingerprints: JSON.parse(stored.toString("utf8")) as Fingerprints };
}

/** Keeps the fingerprints of the secrets that a revision uses. */
export async function noteFingerprints(
  store: Store,
  { fingerprints }: Pick<Revised, "fingerprints">,
  at: number,
): Promise<void> {
  await putMaterial(store, name, JSON.stringify(fingerprints), at);
}
