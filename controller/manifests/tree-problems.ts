import { fileReferences } from "../core/check/file-references.ts";
import { type Diagnostic, fileDiagnostic } from "../core/diagnostic.ts";
import type { AnyManifest } from "../core/manifest.ts";
import {
  isIgnoredPath,
  type SourceEntry,
  type SourceTree,
  sizeCapOf,
  sourceCaps,
} from "../core/source-tree.ts";

/** What the tree itself has that cannot be read: links, submodules, and what is over a cap. */
export function treeProblems(tree: SourceTree, manifests: readonly AnyManifest[]): readonly Diagnostic[] {
  const referenced = new Set(manifests.flatMap(fileReferences).map(({ resolved }) => resolved));
  const found = [...tree.entries].flatMap(([path, entry]) =>
    isIgnoredPath(path) || referenced.has(path) ? [] : entryProblem(path, entry),
  );
  return tree.entries.size > sourceCaps.files ? [tooMany(tree.entries.size), ...found] : found;
}

/** A manifest must be a plain file; other files matter only when something refers to them. */
function entryProblem(path: string, entry: SourceEntry): readonly Diagnostic[] {
  const isManifest = /\.ya?ml$/i.test(path);
  if (entry.type === "submodule") {
    return [
      fileDiagnostic(
        path,
        "file-submodule",
        "a submodule is not read",
        "Put the files into this repository.",
        "warning",
      ),
    ];
  }
  if (!isManifest) return [];
  if (entry.type === "symlink") {
    return [
      fileDiagnostic(path, "file-symlink", "a symbolic link is not followed", "Put the file itself here."),
    ];
  }
  const size = entry.type === "too-large" ? entry.size : entry.bytes.byteLength;
  if (size <= sizeCapOf(path)) return [];
  const detail = `At most ${sizeCapOf(path) / 1024} KiB; split it.`;
  return [
    fileDiagnostic(path, "file-too-large", `the file is too large: ${Math.ceil(size / 1024)} KiB`, detail),
  ];
}

function tooMany(count: number): Diagnostic {
  return fileDiagnostic(
    "",
    "too-many-files",
    `${count} files`,
    `At most ${sourceCaps.files} in a policy repository.`,
  );
}
