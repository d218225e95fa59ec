import { constants } from "node:fs";
import { lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../core/canonical.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import {
  isIgnoredPath,
  type SourceEntry,
  type SourceTree,
  sizeCapOf,
  sourceCaps,
} from "../core/source-tree.ts";
import { describe, UserError } from "../errors.ts";

/**
 * Reads a directory as one state; its content hash is the revision. Links are noted and never followed, dot
 * files are left out, and caps end the reading early with a problem. Throws UserError when it is no directory.
 */
export async function readDirectory(root: string): Promise<SourceTree> {
  const state: State = { entries: new Map(), problems: [], bytes: 0, full: false };
  if (!(await isDirectory(root))) {
    throw new UserError("no-directory", `${root} is not a directory`, {
      hint: "Name a directory that holds manifests.",
    });
  }
  await readFolder(state, root, "");
  const entries = new Map([...state.entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { revision: contentHash(entries), entries, problems: state.problems };
}

interface State {
  readonly entries: Map<string, SourceEntry>;
  readonly problems: Diagnostic[];
  bytes: number;
  full: boolean;
}

async function isDirectory(path: string): Promise<boolean> {
  // The root itself may be a link: the person who started reeve named it.
  const probe = await lstat(join(path, ".")).catch(() => undefined);
  return probe?.isDirectory() ?? false;
}

async function readFolder(state: State, root: string, folder: string): Promise<void> {
  const names = await readdir(join(root, folder)).catch((error: unknown) => {
    throw new UserError("unreadable", `cannot read ${join(root, folder)}: ${describe(error)}`, {
      cause: error,
    });
  });
  for (const name of names.sort()) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (state.full || isIgnoredPath(name)) continue;
    if (path.length > sourceCaps.pathLength)
      stop(state, path, "path-too-long", `a path longer than ${sourceCaps.pathLength} characters`);
    else await readEntry(state, root, path);
  }
}

async function readEntry(state: State, root: string, path: string): Promise<void> {
  const stats = await lstat(join(root, path)).catch(() => undefined);
  if (stats === undefined) return;
  if (stats.isDirectory()) return readFolder(state, root, path);
  if (state.entries.size >= sourceCaps.files)
    return stop(state, path, "too-many-files", `more than ${sourceCaps.files} files`);
  if (stats.isSymbolicLink()) state.entries.set(path, { type: "symlink" });
  else if (stats.isFile()) await readFileEntry(state, root, path, stats.size);
}

async function readFileEntry(state: State, root: string, path: string, size: number): Promise<void> {
  if (size > sizeCapOf(path)) {
    state.entries.set(path, { type: "too-large", size });
    return;
  }
  const bytes = await readCapped(join(root, path), sizeCapOf(path));
  if (bytes === undefined) return;
  state.bytes += bytes.byteLength;
  if (state.bytes > sourceCaps.totalBytes) {
    return stop(state, path, "too-much", `more than ${sourceCaps.totalBytes / 1024 / 1024} MiB of files`);
  }
  state.entries.set(path, { type: "file", bytes });
}

/** The file may have been swapped for a link or grown since lstat: it is opened without following, and read up to the cap. */
async function readCapped(path: string, cap: number): Promise<Uint8Array | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, cap));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function stop(state: State, path: string, rule: string, message: string): void {
  state.full = true;
  const detail = ["Name the directory that holds the manifests alone."];
  state.problems.push({
    severity: "error",
    rule,
    origin: { file: path, line: 1, column: 1 },
    length: 1,
    message,
    subject: "",
    detail,
  });
}

function contentHash(entries: SourceTree["entries"]): string {
  const lines = [...entries].map(([path, entry]) => {
    const content =
      entry.type === "file"
        ? sha256(entry.bytes)
        : entry.type === "too-large"
          ? `too-large ${entry.size}`
          : entry.type;
    return `${JSON.stringify(path)} ${content}`;
  });
  return sha256(lines.join("\n"));
}
