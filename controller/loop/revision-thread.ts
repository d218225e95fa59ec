import { parentPort } from "node:worker_threads";
import type { Diagnostic } from "../core/diagnostic.ts";
import { createManifestReader } from "../manifests/manifest-reader.ts";
import { type CompiledPieces, takeApart } from "./compiled-pieces.ts";
import { type LaidTree, liftTree, packTree, unpackTree } from "./packed-tree.ts";
import { revise } from "./revise.ts";
import { type DeclaredSecrets, type Fingerprints, type RevisionSettings, secretsOf } from "./secrets.ts";

/** What the thread is asked, one at a time. */
export type Task =
  | {
      readonly type: "revise";
      readonly tree: LaidTree | { readonly packed: Uint8Array };
      readonly settings: RevisionSettings;
      readonly now: number;
    }
  | {
      readonly type: "fingerprints";
      readonly declared: DeclaredSecrets;
      readonly names: readonly string[];
      readonly settings: RevisionSettings;
    };

export type Answer =
  | { readonly type: "refused"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly type: "valid";
      readonly compiled: CompiledPieces;
      readonly declared: DeclaredSecrets;
      readonly fingerprints: Fingerprints;
      readonly packed: Uint8Array;
    }
  | { readonly type: "fingerprints"; readonly fingerprints: Fingerprints };

/** Lives as long as the thread: of a commit only the files that it changes are read again. */
const readManifests = createManifestReader();

function answer(task: Task): Answer {
  if (task.type === "fingerprints") {
    const secrets = secretsOf(task.declared, task.settings);
    const read = task.names.map((name) => [name, secrets.fingerprint(name)] as const);
    return {
      type: "fingerprints",
      fingerprints: Object.fromEntries(read.flatMap(([name, print]) => (print ? [[name, print]] : []))),
    };
  }
  const { settings, now } = task;
  const tree = "packed" in task.tree ? unpackTree(task.tree.packed) : liftTree(task.tree);
  const revision = revise(tree, settings, now, readManifests);
  if (revision.type === "refused") return revision;
  const { compiled, declared, fingerprints } = revision.resolved;
  return {
    type: "valid",
    compiled: takeApart(compiled),
    declared,
    fingerprints,
    packed: "packed" in task.tree ? task.tree.packed : packTree(tree),
  };
}

parentPort?.on("message", (task: Task) => {
  const said = answer(task);
  parentPort?.postMessage(said, said.type === "valid" ? buffersOf(said.compiled.pieces) : []);
});

/** Handed over instead of copied; a small one may share its memory with others, and is copied. */
function buffersOf(pieces: readonly Uint8Array[]): ArrayBuffer[] {
  return pieces.flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  );
}
