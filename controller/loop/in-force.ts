import type { Compiled } from "../core/compiled.ts";
import { putContents } from "../store/content.ts";
import type { Lease } from "../store/leader.ts";
import { forgetMaterialBefore, getMaterial, putMaterial } from "../store/material.ts";
import type { Store } from "../store/open.ts";
import { putRevision, revisionInForce } from "../store/revisions.ts";
import { noteActAuthors } from "./act-authors.ts";
import { noteArmedContents } from "./armed-contents.ts";
import { watchUpgrade } from "./caution.ts";
import { noteFingerprints, withLastFingerprints } from "./fingerprints.ts";
import { noteProvenance } from "./provenance.ts";
import { rowOf } from "./revise.ts";
import type { Revised, Reviser } from "./reviser.ts";
import { noteChanges } from "./revision-changes.ts";
import type { RevisionSettings } from "./secrets.ts";
import type { Vouched } from "./vouched.ts";

/** Each under its revision: what one that lost its lead leaves behind is nobody's. */
const trees = "policy-tree/";

/**
 * Keeps a revision with all that a later process needs to go on with it, and puts it in force last. `revised` is what
 * devices see of it now, `declared` what it says itself.
 */
export async function putInForce(
  store: Store,
  revision: { readonly snapshot: Vouched; readonly revised: Revised; readonly declared: Compiled },
  at: number,
  lease: Lease | undefined,
): Promise<void> {
  const { snapshot, revised, declared } = revision;
  const contents = [...revised.compiled.contents].map(([digest, body]) => ({ digest, body }));
  await putContents(store, contents, at);
  await noteArmedContents(store, declared, at);
  await putMaterial(store, trees + snapshot.revision, revised.packed, at);
  await noteFingerprints(store, revised, at);
  await noteProvenance(store, revised.compiled, snapshot, at);
  await noteActAuthors(store, revised.compiled, snapshot, at, lease);
  const before = await revisionInForce(store);
  await noteChanges(store, declared, before?.id === snapshot.revision, at);
  const { revision: id, message, author: by } = snapshot;
  const told = before?.id === id ? [] : [{ type: "revision.in-force", at, message, revision: id, by }];
  await putRevision(store, rowOf(snapshot, "in-force", [], at), lease, told);
  await forgetMaterialBefore(store, trees, at);
}

/**
 * What is in force, whatever its source says by now, and who stands for it; undefined when nothing is, or this version
 * cannot read it.
 */
export async function recallInForce(
  store: Store,
  reviser: Reviser,
  { settings, observeFirst }: { readonly settings: RevisionSettings; readonly observeFirst: boolean },
  now: number,
): Promise<{ readonly revised: Revised; readonly author: string } | undefined> {
  const inForce = await revisionInForce(store);
  const packed = inForce === undefined ? undefined : await getMaterial(store, trees + inForce.id);
  if (inForce === undefined || packed === undefined) return undefined;
  const recalled = await reviser.revise(packed, await withLastFingerprints(store, settings), now);
  if (recalled.type !== "valid") return undefined;
  await watchUpgrade(store, observeFirst, recalled.revised.compiled, now);
  return { revised: recalled.revised, author: inForce.author };
}
