import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, open, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  isIgnoredPath,
  type SourceEntry,
  type SourceTree,
  sizeCapOf,
  sourceCaps,
} from "../core/source-tree.ts";
import { Retry, UserError } from "../errors.ts";
import { type Found, problem, vetPaths } from "./paths.ts";

/**
 * The files below a folder as they are now, and the hash of their content as revision. Links are named and never
 * followed; dot files, `node_modules` and special files are left out. `UserError` when there is no such folder.
 */
export async function readDirectoryTree(root: string): Promise<SourceTree> {
  const found: Found[] = [];
  await list(root, "", found);
  const { accepted, problems } = vetPaths(found);
  const entries = new Map<string, SourceEntry>();
  let left: number = sourceCaps.totalBytes;
  for (const entry of accepted) {
    const read =
      entry.type === "symlink" ? ({ type: "symlink" } as const) : await readEntry(root, entry.path);
    if (read === undefined) continue;
    left -= read.type === "file" ? read.bytes.length : 0;
    if (left < 0) {
      const text = `the files are more than ${sourceCaps.totalBytes / 2 ** 20} MiB together`;
      return sealed(entries, [...problems, problem(entry.path, text, "source-too-large")]);
    }
    entries.set(entry.path, read);
  }
  return sealed(entries, problems);
}

async function list(root: string, folder: string, found: Found[]): Promise<void> {
  for (const entry of await childrenOf(root, folder)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (found.length > 2 * sourceCaps.files || isIgnoredPath(entry.name)) continue;
    if (entry.isDirectory()) {
      if (path.length <= sourceCaps.pathLength) await list(root, path, found);
    } else if (entry.isSymbolicLink()) found.push({ path, type: "symlink", size: 0 });
    else if (entry.isFile()) found.push({ path, type: "file", size: 0 });
  }
}

async function childrenOf(root: string, folder: string) {
  try {
    if (folder === "" && (await lstat(root)).isFile()) throw Object.assign(new Error(), { code: "ENOTDIR" });
    const children = await readdir(join(root, folder), { withFileTypes: true });
    return children.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const code = codeOf(error);
    // A folder that went away while we read is simply gone; the root must be there.
    if (folder !== "" && code === "ENOENT") return [];
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw new UserError("source-directory", `there is no policy folder ${root}`, {
        hint: "Check the path.",
      });
    }
    throw new Retry("source-unreadable", `the policy folder ${join(root, folder)} cannot be read: ${code}`);
  }
}

/** Opened without following a link that took the file's place since it was listed. */
async function readEntry(root: string, path: string): Promise<SourceEntry | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(join(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size } = await file.stat();
    if (size > sizeCapOf(path)) return { type: "too-large", size };
    // Never more than was measured: the file may grow while we read.
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size), 0, size, 0);
    return { type: "file", bytes: buffer.subarray(0, bytesRead) };
  } catch (error) {
    const code = codeOf(error);
    if (code === "ELOOP") return { type: "symlink" };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new Retry("source-unreadable", `the policy file ${path} cannot be read: ${code}`);
  } finally {
    await file?.close();
  }
}

function sealed(entries: ReadonlyMap<string, SourceEntry>, problems: SourceTree["problems"]): SourceTree {
  return { revision: contentHash(entries), entries, ...(problems?.length ? { problems } : {}) };
}

/** A name for exactly this content: equal trees have equal names, on every machine. */
export function contentHash(entries: ReadonlyMap<string, SourceEntry>): string {
  const hash = createHash("sha256");
  for (const [path, entry] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const size = entry.type === "file" ? entry.bytes.length : entry.type === "too-large" ? entry.size : 0;
    hash.update(`${entry.type} ${size} ${path}\0`);
    if (entry.type === "file") hash.update(entry.bytes);
  }
  return hash.digest("hex");
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
