import type { Compiled } from "../core/compiled.ts";
import { Stalled } from "../errors.ts";
import { putContents } from "../store/content.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";
import { noteFingerprints } from "./fingerprints.ts";
import { refusalText } from "./revise.ts";
import type { Revised, Reviser } from "./reviser.ts";
import type { RevisionSettings } from "./secrets.ts";

/** What a look at the secrets of the revision in force found. */
export interface Rotation {
  /** The same revision with the contents that the new values make; absent when no value changed. */
  readonly revised?: Revised;
  /** `NAME/KEY` of secrets that cannot be read now; what was sent with them last stays. */
  readonly unreadable: readonly string[];
}

/** Reads the secrets of a revision again. New values make new versions of the profiles and apps that use them. */
export async function rotate(
  store: Store,
  reviser: Reviser,
  settings: RevisionSettings,
  current: Revised,
  at: number,
): Promise<Rotation> {
  const names = usedIn(current.compiled);
  if (names.length === 0) return { unreadable: [] };
  const read = await reviser.fingerprints(current.declared, names, settings);
  const unreadable = names.filter((name) => read[name] === undefined);
  const changed = names.filter(
    (name) => read[name] !== undefined && read[name] !== current.fingerprints[name],
  );
  if (changed.length === 0) return { unreadable };
  const known = { ...settings, lastFingerprints: current.fingerprints };
  const revision = await reviser.revise(current.packed, known, at);
  if (revision.type === "refused")
    throw new Stalled(
      "rotation-refused",
      `secrets changed, and the revision in force cannot be compiled again: ${refusalText(current.compiled.revision, revision.diagnostics)}`,
    );
  const { revised } = revision;
  await putContents(
    store,
    [...revised.compiled.contents].map(([digest, body]) => ({ digest, body })),
    at,
  );
  await noteFingerprints(store, revised, at);
  const about = { type: "secret.rotated", at, revision: revised.compiled.revision };
  await appendEvents(
    store,
    changed.map((name) => ({ ...about, message: name })),
  );
  return { revised, unreadable };
}

/** The secrets on whose values the version of a profile, or of an app's settings, depends. */
function usedIn({ policies }: Compiled): readonly string[] {
  const uses = policies.flatMap((policy) => policy.uses);
  return [
    ...new Set(
      uses.flatMap(({ forms }) => [...(forms.apple?.secrets ?? []), ...(forms.android?.secrets ?? [])]),
    ),
  ].sort();
}
