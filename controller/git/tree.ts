import { type SourceEntry, type SourceTree, sizeCapOf, sourceCaps } from "../core/source-tree.ts";
import { type Found, problem, vetPaths } from "./paths.ts";
import { type Git, GitFailure } from "./run-git.ts";

interface Listed extends Found {
  readonly oid: string;
}

/**
 * The files of a commit, or of one of its folders (`path`, empty for the root), read by object id: no work tree,
 * no filters, no attributes. Links and submodules are named and never followed. Throws `GitFailure`.
 */
export async function readTree(git: Git, commit: string, path: string): Promise<SourceTree> {
  const listing = await git.text(["ls-tree", "-r", "-z", "--long", "--full-tree", `${commit}:${path}`]);
  const { accepted, problems } = vetPaths(parseListing(listing));
  const wanted: Listed[] = [];
  const over: Listed[] = [];
  let total = 0;
  for (const entry of accepted) {
    if (entry.type !== "file" || entry.size > sizeCapOf(entry.path)) continue;
    total += entry.size;
    (total > sourceCaps.totalBytes ? over : wanted).push(entry);
  }
  const blobs = await readBlobs(git, wanted);
  const left = new Set(over.map((entry) => entry.path));
  const kept = accepted.filter((entry) => !left.has(entry.path));
  return {
    revision: commit,
    entries: new Map(kept.map((entry) => [entry.path, entryOf(entry, blobs)])),
    problems: [...problems, ...over.slice(0, 1).map((entry) => tooMuch(entry.path))],
  };
}

/** The output of `ls-tree -r -z --long`: `MODE TYPE OID SIZE\tPATH\0`. Throws `GitFailure` for anything else. */
export function parseListing(text: string): readonly Listed[] {
  return text
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const match = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t([\s\S]*)$/.exec(line);
      if (match === null) throw new GitFailure("git listed something that is not a tree entry");
      const [, mode = "", , oid = "", size = "", path = ""] = match;
      return { path, oid, type: typeOf(mode), size: size === "-" ? 0 : Number(size) };
    });
}

function typeOf(mode: string): Found["type"] {
  if (mode.startsWith("100")) return "file";
  if (mode === "120000") return "symlink";
  if (mode === "160000") return "submodule";
  throw new GitFailure(`git listed an entry with the unknown mode ${mode}`);
}

function entryOf(entry: Listed, blobs: ReadonlyMap<string, Uint8Array>): SourceEntry {
  if (entry.type !== "file") return { type: entry.type };
  const bytes = blobs.get(entry.oid);
  return bytes === undefined || entry.size > sizeCapOf(entry.path)
    ? { type: "too-large", size: entry.size }
    : { type: "file", bytes };
}

/** One process for all blobs; asked by id, and each answer must be the id, the type and the size expected. */
async function readBlobs(git: Git, wanted: readonly Listed[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const sizes = new Map(wanted.map((entry) => [entry.oid, entry.size]));
  if (sizes.size === 0) return new Map();
  const input = [...sizes.keys()].map((oid) => `${oid}\n`).join("");
  const maxBytes = sourceCaps.totalBytes + sizes.size * 100;
  const output = await git.catFile(["--batch"], { input, maxBytes, timeoutMs: 120_000 });
  const blobs = new Map<string, Uint8Array>();
  let offset = 0;
  for (const [oid, size] of sizes) {
    const header = `${oid} blob ${size}\n`;
    if (output.toString("latin1", offset, offset + header.length) !== header) {
      throw new GitFailure(`object ${oid} is missing or is not what the tree says`);
    }
    offset += header.length;
    blobs.set(oid, output.subarray(offset, offset + size));
    offset += size + 1;
  }
  return blobs;
}

function tooMuch(path: string) {
  const text = `the files are more than ${sourceCaps.totalBytes / 2 ** 20} MiB together`;
  return problem(path, `${text}; this one and later ones were not read`, "source-too-large");
}
