import type { SourceTree } from "../core/source-tree.ts";
import type { Snapshot } from "../git/source.ts";
import { putContents } from "../store/content.ts";
import type { Lease } from "../store/leader.ts";
import { getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { putRevision, revisionInForce } from "../store/revisions.ts";
import { noteFingerprints, withLastFingerprints } from "./fingerprints.ts";
import { noteProvenance } from "./provenance.ts";
import { packTree, type Revised, revise, rowOf, unpackTree } from "./revise.ts";
import type { RevisionSettings } from "./secrets.ts";

const treeName = "policy-tree";

/** Keeps a revision with all that a later process needs to go on with it, and puts it in force last. */
export async function putInForce(
  store: Store,
  revision: { readonly snapshot: Snapshot; readonly tree: SourceTree; readonly revised: Revised },
  at: number,
  lease: Lease | undefined,
): Promise<void> {
  const { snapshot, tree, revised } = revision;
  const contents = [...revised.compiled.contents].map(([digest, body]) => ({ digest, body }));
  await putContents(store, contents, at);
  await putMaterial(store, treeName, await packTree(tree), at);
  await noteFingerprints(store, revised, at);
  await noteProvenance(store, revised.compiled, snapshot, at);
  await putRevision(store, rowOf(snapshot, "in-force", [], at), lease);
}

/** What was in force before this process started, whatever its source says by now; undefined when nothing was. */
export async function recallInForce(
  store: Store,
  settings: RevisionSettings,
  now: number,
): Promise<{ readonly revised: Revised | undefined; readonly author: string | undefined } | undefined> {
  const packed = await getMaterial(store, treeName);
  if (packed === undefined) return undefined;
  const recalled = revise(unpackTree(packed), await withLastFingerprints(store, settings), now);
  const author = (await revisionInForce(store))?.author;
  return { revised: recalled.type === "valid" ? recalled.revised : undefined, author };
}
