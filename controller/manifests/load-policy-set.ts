import { checkPolicySet } from "../core/check/check-policy-set.ts";
import { fileReferences } from "../core/check/file-references.ts";
import { inOrder } from "../core/check/problem.ts";
import type { ProfileFile } from "../core/check/profile-file.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { AnyManifest, PolicySet } from "../core/manifest.ts";
import { isIgnoredPath, type SourceTree, sizeCapOf } from "../core/source-tree.ts";
import { expandFiles } from "./expand-files.ts";
import type { ManifestReader } from "./manifest-reader.ts";
import { readMinimalProfile } from "./minimal-profile.ts";
import { type ReadManifest, readManifests } from "./read-manifests.ts";
import { withRootPaths } from "./root-paths.ts";
import { treeProblems } from "./tree-problems.ts";

export interface LoadPorts {
  /** Reads a `.mobileconfig`; without it only the top level of XML ones is looked at. */
  readonly readProfileFile?: (bytes: Uint8Array) => ProfileFile;
  /** Reads the manifests of a file; one that remembers makes the next revision cheap. */
  readonly readManifests?: ManifestReader;
  /** Epoch milliseconds: what has ended, and what is too far ahead. */
  readonly now: number;
}

export interface LoadedPolicySet {
  /** Valid manifests only: with any error among the diagnostics it must not come into force. */
  readonly set: PolicySet;
  readonly diagnostics: readonly Diagnostic[];
  readonly summary: LoadSummary;
}

export interface LoadSummary {
  readonly manifests: number;
  readonly files: number;
  readonly valid: number;
  readonly invalid: number;
  readonly errors: number;
  readonly warnings: number;
}

/**
 * Reads, validates and cross-checks every manifest of a tree. Rows of registers become Device manifests,
 * addresses from CSV files become users, and files are named by their path from the root. Never throws.
 */
export function loadPolicySet(tree: SourceTree, ports: LoadPorts): LoadedPolicySet {
  const read = readAll(tree, ports.readManifests ?? readManifests);
  const written = read.manifests.flatMap((one) => one.manifest ?? []);
  const expanded = expandFiles(written, tree.entries);
  const profileFiles = readProfiles(written, tree, ports.readProfileFile ?? readMinimalProfile);
  const found = checkPolicySet({
    manifests: expanded.manifests,
    entries: tree.entries,
    profileFiles,
    invalid: new Set(read.manifests.flatMap((one) => (one.manifest === undefined ? one.subject : []))),
    now: ports.now,
  });
  const diagnostics = withoutFlood(
    inOrder([
      ...(tree.problems ?? []),
      ...treeProblems(tree, written),
      ...read.diagnostics,
      ...expanded.diagnostics,
      ...found,
    ]),
  );
  const manifests = [...expanded.manifests].sort(byKindAndName).map(withRootPaths);
  return {
    set: { revision: tree.revision, manifests, files: referencedFiles(written, tree) },
    diagnostics,
    summary: summarise(read.manifests, diagnostics, expanded.sources),
  };
}

function readAll(
  tree: SourceTree,
  readFile: ManifestReader,
): {
  readonly manifests: readonly ReadManifest[];
  readonly diagnostics: readonly Diagnostic[];
} {
  const manifests: ReadManifest[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const path of [...tree.entries.keys()].sort()) {
    const entry = tree.entries.get(path);
    if (!/\.ya?ml$/i.test(path) || isIgnoredPath(path) || entry?.type !== "file") continue;
    if (entry.bytes.byteLength > sizeCapOf(path) || isEncrypted(entry.bytes)) continue;
    const read = readFile(path, entry.bytes);
    manifests.push(...read.manifests);
    diagnostics.push(...read.diagnostics);
  }
  return { manifests, diagnostics };
}

/** A SOPS file holds secrets, never manifests. */
function isEncrypted(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  // Neither pattern reaches over the end of a line: from each of many empty lines on it would search all the others.
  return /^sops:[ \t\r]*$/m.test(text) && /^[ \t]+mac: ENC\[/m.test(text);
}

function readProfiles(
  manifests: readonly AnyManifest[],
  tree: SourceTree,
  read: (bytes: Uint8Array) => ProfileFile,
): ReadonlyMap<string, ProfileFile> {
  const files = new Map<string, ProfileFile>();
  for (const reference of manifests.flatMap(fileReferences)) {
    if (reference.use !== "profile" || reference.resolved === undefined) continue;
    const entry = tree.entries.get(reference.resolved);
    if (entry?.type === "file" && !files.has(reference.resolved))
      files.set(reference.resolved, read(entry.bytes));
  }
  return files;
}

function referencedFiles(
  manifests: readonly AnyManifest[],
  tree: SourceTree,
): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (const { resolved, use } of manifests.flatMap(fileReferences)) {
    const entry = resolved === undefined ? undefined : tree.entries.get(resolved);
    const isWanted = use !== "register" && use !== "users";
    if (isWanted && resolved !== undefined && entry?.type === "file") files.set(resolved, entry.bytes);
  }
  return files;
}

function byKindAndName(a: AnyManifest, b: AnyManifest): number {
  const [left, right] = [`${a.kind}/${a.name}`, `${b.kind}/${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

const maxDiagnostics = 1_000;

/** A hostile or broken repository may be wrong in a million places; nobody reads more than a thousand. */
function withoutFlood(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const last = diagnostics[maxDiagnostics];
  if (last === undefined) return diagnostics;
  const message = `${diagnostics.length - maxDiagnostics} more problems are not shown`;
  const detail = ["Mend the ones above and validate again."];
  const end: Diagnostic = {
    ...last,
    severity: "error",
    rule: "too-many-problems",
    message,
    subject: "",
    detail,
    length: 1,
  };
  return [...diagnostics.slice(0, maxDiagnostics), end];
}

function summarise(
  manifests: readonly ReadManifest[],
  diagnostics: readonly Diagnostic[],
  sources: ReadonlyMap<string, AnyManifest>,
): LoadSummary {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error");
  const invalid = new Set(manifests.filter((one) => one.manifest === undefined));
  for (const { origin } of errors) {
    const source = sources.get(origin.file)?.origin ?? origin;
    const owner = manifests.findLast((one) => one.file === source.file && one.firstLine <= source.line);
    if (owner !== undefined) invalid.add(owner);
  }
  return {
    manifests: manifests.length,
    files: new Set(manifests.map((one) => one.file)).size,
    valid: manifests.length - invalid.size,
    invalid: invalid.size,
    errors: errors.length,
    warnings: diagnostics.length - errors.length,
  };
}
