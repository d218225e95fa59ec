import type { Snapshot } from "../git/source.ts";
import { putContents } from "../store/content.ts";
import type { Lease } from "../store/leader.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { putRevision, revisionInForce } from "../store/revisions.ts";
import { noteActAuthors } from "./act-authors.ts";
import { watchUpgrade } from "./caution.ts";
import { noteFingerprints, withLastFingerprints } from "./fingerprints.ts";
import { noteProvenance } from "./provenance.ts";
import { rowOf } from "./revise.ts";
import type { Revised, Reviser } from "./reviser.ts";
import type { RevisionSettings } from "./secrets.ts";

const treeName = "policy-tree";

/** Keeps a revision with all that a later process needs to go on with it, and puts it in force last. */
export async function putInForce(
  store: Store,
  revision: { readonly snapshot: Snapshot; readonly revised: Revised },
  at: number,
  lease: Lease | undefined,
): Promise<void> {
  const { snapshot, revised } = revision;
  const contents = [...revised.compiled.contents].map(([digest, body]) => ({ digest, body }));
  await putContents(store, contents, at);
  await putMaterial(store, treeName, revised.packed, at);
  await noteFingerprints(store, revised, at);
  await noteProvenance(store, revised.compiled, snapshot, at);
  await noteActAuthors(store, revised.compiled, snapshot, at);
  await putRevision(store, rowOf(snapshot, "in-force", [], at), lease);
}

/** What was in force before this process started, whatever its source says by now; undefined when nothing was. */
export async function recallInForce(
  store: Store,
  reviser: Reviser,
  { settings, observeFirst }: { readonly settings: RevisionSettings; readonly observeFirst: boolean },
  now: number,
): Promise<{ readonly revised: Revised | undefined; readonly author: string | undefined } | undefined> {
  const packed = await getMaterial(store, treeName);
  if (packed === undefined) return undefined;
  const recalled = await reviser.revise(packed, await withLastFingerprints(store, settings), now);
  const revised = recalled.type === "valid" ? recalled.revised : undefined;
  if (revised !== undefined) await watchUpgrade(store, observeFirst, revised.compiled, now);
  const author = (await revisionInForce(store))?.author;
  return { revised, author };
}
