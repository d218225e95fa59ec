import type { Diagnostic } from "./diagnostic.ts";

/**
 * One state of a policy repository as a source read it: a commit, or a watched directory.
 * Paths use `/`, are relative to the root and have no `.` or `..` segment.
 */
export interface SourceTree {
  /** A commit id, or the content hash of a directory. */
  readonly revision: string;
  readonly entries: ReadonlyMap<string, SourceEntry>;
  /** What the source itself found wrong, such as too many files. */
  readonly problems?: readonly Diagnostic[];
}

/** Only files have bytes: a link is never followed, and what is over a cap is never read. */
export type SourceEntry =
  | { readonly type: "file"; readonly bytes: Uint8Array }
  | { readonly type: "symlink" }
  | { readonly type: "submodule" }
  | { readonly type: "too-large"; readonly size: number };

/** Caps for what a source reads, in bytes and in files. */
export const sourceCaps = {
  yamlBytes: 512 * 1024,
  csvBytes: 4 * 1024 * 1024,
  otherBytes: 1024 * 1024,
  files: 5_000,
  totalBytes: 64 * 1024 * 1024,
  pathLength: 512,
} as const;

/** The cap in bytes for one file, by the ending of its path. */
export function sizeCapOf(path: string): number {
  if (/\.ya?ml$/i.test(path)) return sourceCaps.yamlBytes;
  if (/\.csv$/i.test(path)) return sourceCaps.csvBytes;
  return sourceCaps.otherBytes;
}

/** True for what no source needs to read: dot files and folders, `node_modules`. */
export function isIgnoredPath(path: string): boolean {
  return path.split("/").some((segment) => segment.startsWith(".") || segment === "node_modules");
}
