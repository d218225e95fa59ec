import { type Diagnostic, fileDiagnostic } from "../core/diagnostic.ts";
import { isIgnoredPath, sourceCaps } from "../core/source-tree.ts";

/** What was found in a source before anything is read. `size` is in bytes, of files only. */
export interface Found {
  readonly path: string;
  readonly type: "file" | "symlink" | "submodule";
  readonly size: number;
}

export interface Vetted<T extends Found> {
  /** Safe paths in NFC, sorted, one entry each. */
  readonly accepted: readonly T[];
  readonly problems: readonly Diagnostic[];
}

/**
 * Leaves out ignored paths, and with a problem each: paths that are unsafe, that differ only in case or
 * normal form (neither is taken: the meaning must not depend on the file system), and what is over the caps.
 */
export function vetPaths<T extends Found>(found: readonly T[]): Vetted<T> {
  const problems: Diagnostic[] = [];
  const groups = new Map<string, T[]>();
  for (const entry of found) {
    const reason = whyUnsafe(entry.path);
    if (reason !== undefined) problems.push(problem(entry.path, reason));
    else if (!isIgnoredPath(entry.path)) addTo(groups, entry);
  }
  const accepted: T[] = [];
  for (const group of groups.values()) {
    const [first] = group;
    if (group.length === 1 && first !== undefined)
      accepted.push({ ...first, path: first.path.normalize("NFC") });
    else for (const entry of group) problems.push(problem(entry.path, collision(entry, group)));
  }
  accepted.sort((a, b) => (a.path < b.path ? -1 : 1));
  return capped(accepted, problems.sort((a, b) => (a.origin.file < b.origin.file ? -1 : 1)).slice(0, 100));
}

/** Why a path cannot be used, or undefined. `\uFFFD` stands for bytes that are not UTF-8. */
export function whyUnsafe(path: string): string | undefined {
  if (path.length > sourceCaps.pathLength)
    return `the path is longer than ${sourceCaps.pathLength} characters`;
  if (path === "" || path.startsWith("/") || /^[a-z]:/i.test(path)) return "the path is absolute";
  if (/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\uFFFD]/u.test(path))
    return "the path has characters that cannot be shown";
  if (path.includes("\\")) return "the path has a backslash";
  const segments = path.split("/");
  return segments.some((part) => part === "" || part === "." || part === "..")
    ? "the path leaves its folder"
    : undefined;
}

/** The most that may be read at once is decided before reading: files in the order of their paths. */
function capped<T extends Found>(accepted: readonly T[], problems: readonly Diagnostic[]): Vetted<T> {
  if (accepted.length <= sourceCaps.files) return { accepted, problems };
  const first = accepted[sourceCaps.files];
  const text = `more than ${sourceCaps.files} files; this one and those after it were not read`;
  return {
    accepted: accepted.slice(0, sourceCaps.files),
    problems: [...problems, problem(first?.path ?? "", text, "source-too-large")],
  };
}

/** A problem of the source itself at the top of a file. */
export function problem(path: string, message: string, rule = "refused-path"): Diagnostic {
  const file = path.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, "?").slice(0, sourceCaps.pathLength);
  return fileDiagnostic(file, rule, message, "The file was not read.");
}

function addTo<T extends Found>(groups: Map<string, T[]>, entry: T): void {
  const key = entry.path.normalize("NFKC").toLowerCase();
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [entry]);
  else group.push(entry);
}

function collision(entry: Found, group: readonly Found[]): string {
  const other = group.find((candidate) => candidate !== entry)?.path ?? entry.path;
  return `the path differs from ${other.normalize("NFC")} only in case or in Unicode form`;
}
