import { gunzipSync, gzipSync } from "node:zlib";
import type { SourceEntry, SourceTree } from "../core/source-tree.ts";
import { inSlices } from "../slices.ts";

/** A tree as bytes, so that the revision in force survives a restart whatever the source says then. */
export function packTree(tree: SourceTree): Uint8Array {
  const entries = [...tree.entries].flatMap(([path, entry]) =>
    entry.type === "file" ? [[path, Buffer.from(entry.bytes).toString("base64")]] : [],
  );
  return gzipSync(JSON.stringify({ revision: tree.revision, entries }));
}

/** The tree that `packTree` packed. */
export function unpackTree(bytes: Uint8Array): SourceTree {
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

/** A tree whose files lie one after the other in one block, which a thread is given without a copy. */
export interface LaidTree {
  readonly revision: string;
  readonly problems: SourceTree["problems"];
  readonly block: Uint8Array<ArrayBuffer>;
  /** What each path is; a file by where it ends in the block. */
  readonly index: readonly (readonly [
    path: string,
    entry: Exclude<SourceEntry, { type: "file" }> | number,
  ])[];
}

/** Copies the files of a tree, a few at a time. */
export async function layTree({ revision, problems, entries }: SourceTree): Promise<LaidTree> {
  let size = 0;
  for (const entry of entries.values()) if (entry.type === "file") size += entry.bytes.byteLength;
  const block = new Uint8Array(size);
  const index: LaidTree["index"][number][] = [];
  let end = 0;
  for await (const [path, entry] of inSlices(entries)) {
    if (entry.type === "file") {
      block.set(entry.bytes, end);
      end += entry.bytes.byteLength;
    }
    index.push([path, entry.type === "file" ? end : entry]);
  }
  return { revision, problems, block, index };
}

/** The tree that `layTree` laid down; its files are views of the block. */
export function liftTree({ revision, problems, block, index }: LaidTree): SourceTree {
  let start = 0;
  const entries = new Map<string, SourceEntry>();
  for (const [path, entry] of index) {
    if (typeof entry !== "number") entries.set(path, entry);
    else {
      entries.set(path, { type: "file", bytes: block.subarray(start, entry) });
      start = entry;
    }
  }
  return { revision, entries, ...(problems === undefined ? {} : { problems }) };
}
