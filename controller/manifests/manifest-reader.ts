import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { readManifests } from "./read-manifests.ts";

/** Reads the manifests of one file. */
export type ManifestReader = typeof readManifests;

/** As many files as a source may have. */
const mostFiles = 5_000;

/** A reader that remembers what each file was read as: of a commit only the files that it changes are read again. */
export function createManifestReader(): ManifestReader {
  const known = new LRUCache<string, { readonly digest: string; readonly read: ReturnType<ManifestReader> }>({
    max: mostFiles,
  });
  return (file, bytes) => {
    const digest = createHash("sha256").update(bytes).digest("hex");
    const before = known.get(file);
    if (before?.digest === digest) return before.read;
    const read = readManifests(file, bytes);
    known.set(file, { digest, read });
    return read;
  };
}
