import { readProfileFile } from "../apple/profile-file.ts";
import { compile } from "../core/compile.ts";
import type { Compiled } from "../core/compiled.ts";
import { type Diagnostic, wholeRevision } from "../core/diagnostic.ts";
import { manifestsOf } from "../core/manifest.ts";
import type { RevisionRow } from "../core/ports.ts";
import type { SourceTree } from "../core/source-tree.ts";
import { loadPolicySet } from "../manifests/load-policy-set.ts";
import type { ManifestReader } from "../manifests/manifest-reader.ts";
import { type DeclaredSecrets, type Fingerprints, type RevisionSettings, secretsOf } from "./secrets.ts";

/** What a tree says when it can be in force: its policies with every reference resolved, and the secrets they use. */
export interface Resolved {
  readonly compiled: Compiled;
  readonly declared: DeclaredSecrets;
  /** Of every secret that a profile uses: as it is read now, or as it was when it could be read last. */
  readonly fingerprints: Fingerprints;
}

export type Revision =
  | { readonly type: "valid"; readonly resolved: Resolved }
  | { readonly type: "refused"; readonly diagnostics: readonly Diagnostic[] };

/**
 * Validates and compiles a tree. A revision with errors, or with nothing in it, does not come into force. It takes as
 * long as the tree is large: the daemon calls it in a thread of its own, through a Reviser.
 */
export function revise(
  tree: SourceTree,
  settings: RevisionSettings,
  now: number,
  readManifests: ManifestReader,
): Revision {
  const { set, diagnostics } = loadPolicySet(tree, { readProfileFile, readManifests, now });
  const errors = diagnostics.filter((one) => one.severity === "error");
  if (errors.length > 0) return { type: "refused", diagnostics };
  if (manifestsOf(set, "Policy").length === 0) return { type: "refused", diagnostics: [emptyRevision] };
  const declared = new Map(manifestsOf(set, "Secret").map(({ name, spec }) => [name, spec]));
  const secrets = secretsOf(declared, settings);
  const fingerprints: Record<string, string> = {};
  const compiled = compile(set, {
    readProfileFile,
    secretFingerprint(name) {
      const print = secrets.fingerprint(name);
      if (print !== undefined) fingerprints[name] = print;
      return print;
    },
    driftCheckMs: settings.driftCheckMs,
    removalCeiling: settings.removalCeiling,
    isolatingCeiling: settings.isolatingCeiling,
    membershipLossCeiling: settings.membershipLossCeiling,
  });
  return { type: "valid", resolved: { compiled, declared, fingerprints } };
}

/** An empty repository is far more often a mistake than a wish. */
const emptyRevision: Diagnostic = {
  severity: "error",
  rule: "empty-revision",
  origin: wholeRevision,
  length: 1,
  message: "this revision declares no policy at all",
  subject: "",
  detail: [
    "Nothing is removed from devices because of it; the revision before stays in force.",
    "To take everything away on purpose, keep one Policy and remove its items.",
  ],
};

/** The row that the store keeps of a revision. */
export function rowOf(
  about: { revision: string; message: string; author: string; verified?: boolean },
  status: RevisionRow["status"],
  diagnostics: readonly Diagnostic[],
  at: number,
): RevisionRow {
  const { revision: id, message, author, verified = false } = about;
  return { id, message, author, verified, at, status, diagnostics };
}

/** Why a revision was refused, in a line: its first error's place and rule, and how many there are. */
export function refusalText(revision: string, errors: readonly Diagnostic[]): string {
  const first = errors[0];
  const isWhole = first?.origin.file === wholeRevision.file;
  const where = isWhole ? first?.message : `${first?.origin.file}:${first?.origin.line}`;
  const place = first === undefined ? "" : ` ${where} ${first.rule}`;
  return `${revision.slice(0, 12)}${place}; ${errors.length} errors`;
}
