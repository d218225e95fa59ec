import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";
import { readProfileFile } from "../apple/profile-file.ts";
import { compile } from "../core/compile.ts";
import type { Compiled } from "../core/compiled.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { manifestsOf, type PolicySet } from "../core/manifest.ts";
import type { RevisionRow } from "../core/ports.ts";
import type { SourceEntry, SourceTree } from "../core/source-tree.ts";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import { createManifestReader } from "../manifests/manifest-reader.ts";
import { type RevisionSettings, type Secrets, secretsOf } from "./secrets.ts";

/** A revision that can be in force: its policy set with every reference resolved. */
export interface Revised {
  readonly set: PolicySet;
  readonly compiled: Compiled;
  readonly secrets: Secrets;
  readonly warnings: readonly Diagnostic[];
}

export type Revision =
  | { readonly type: "valid"; readonly revised: Revised }
  | { readonly type: "refused"; readonly diagnostics: readonly Diagnostic[] };

const readManifests = createManifestReader();

/** Validates and compiles a tree. A revision with errors, or with nothing in it, does not come into force. */
export function revise(tree: SourceTree, settings: RevisionSettings, now: number): Revision {
  const { set, diagnostics } = loadPolicySet(tree, { readProfileFile, readManifests, now });
  const errors = diagnostics.filter((one) => one.severity === "error");
  if (errors.length > 0) return { type: "refused", diagnostics };
  if (manifestsOf(set, "Policy").length === 0) return { type: "refused", diagnostics: [emptyRevision] };
  const secrets = secretsOf(set, settings);
  const compiled = compile(set, {
    readProfileFile,
    secretFingerprint: secrets.fingerprint,
    driftCheckMs: settings.driftCheckMs,
    removalCeiling: settings.removalCeiling,
    membershipLossCeiling: settings.membershipLossCeiling,
  });
  return { type: "valid", revised: { set, compiled, secrets, warnings: diagnostics } };
}

/** An empty repository is far more often a mistake than a wish. */
const emptyRevision: Diagnostic = {
  severity: "error",
  rule: "empty-revision",
  origin: { file: ".", line: 1, column: 1 },
  length: 1,
  message: "this revision declares no policy at all",
  subject: "",
  detail: [
    "Nothing is removed from devices because of it; the revision before stays in force.",
    "To take everything away on purpose, keep one Policy and remove its items.",
  ],
};

const compress = promisify<string, Buffer>(gzip);

/** A tree as bytes, so that the revision in force survives a restart whatever the source says then. */
export function packTree(tree: SourceTree): Promise<Buffer> {
  const entries = [...tree.entries].flatMap(([path, entry]) =>
    entry.type === "file" ? [[path, Buffer.from(entry.bytes).toString("base64")]] : [],
  );
  return compress(JSON.stringify({ revision: tree.revision, entries }));
}

/** The tree that `packTree` packed. */
export function unpackTree(bytes: Buffer): SourceTree {
  const packed = JSON.parse(gunzipSync(bytes).toString("utf8")) as {
    revision: string;
    entries: [string, string][];
  };
  const entries = packed.entries.map(([path, base64]): [string, SourceEntry] => {
    return [path, { type: "file", bytes: Buffer.from(base64, "base64") }];
  });
  return { revision: packed.revision, entries: new Map(entries) };
}

/** The tree of a working copy as the plan API receives it: paths and base64. */
export function treeOf(files: Readonly<Record<string, string>>, revision: string): SourceTree {
  const entries = Object.entries(files).map(([path, base64]): [string, SourceEntry] => {
    return [path, { type: "file", bytes: Buffer.from(base64, "base64") }];
  });
  return { revision, entries: new Map(entries) };
}

/** The row that the store keeps of a revision. */
export function rowOf(
  about: { readonly revision: string; readonly message: string; readonly author: string },
  status: RevisionRow["status"],
  diagnostics: readonly Diagnostic[],
  at: number,
): RevisionRow {
  return { id: about.revision, message: about.message, author: about.author, at, status, diagnostics };
}

/** Why a revision was refused, in a line: its first error's place and rule, and how many there are. */
export function refusalText(revision: string, errors: readonly Diagnostic[]): string {
  const first = errors[0];
  const place = first === undefined ? "" : ` ${first.origin.file}:${first.origin.line} ${first.rule}`;
  return `${revision.slice(0, 12)}${place}; ${errors.length} errors`;
}
