import type { SourceTree } from "../core/source-tree.ts";
import type { Snapshot, Source } from "../git/source.ts";

/** Texts, and bytes that are none, by path. */
export type FileContents = Readonly<Record<string, string | Uint8Array>>;

/** What stands in a commit besides its files. */
export interface HowCommitted {
  readonly rewritten?: boolean;
  readonly author?: string;
  /** Authors and committers of all commits since the revision before. */
  readonly persons?: readonly string[];
}

/** A repository in memory: each commit is a whole tree. */
export function memorySource(files: FileContents, now: () => number) {
  let number = 1;
  let current = files;
  let how: HowCommitted = {};
  const tree = (revision: string, contents: FileContents): SourceTree => ({
    revision,
    entries: new Map(
      Object.entries(contents).map(([path, content]) => [
        path,
        { type: "file", bytes: Buffer.from(content) },
      ]),
    ),
  });
  const source: Source = {
    describe: () => "memory",
    async poll(): Promise<Snapshot> {
      const revision = `r${number}`;
      const contents = current;
      const about = {
        revision,
        author: how.author ?? "it-lead@acme.example",
        authorEmail: how.author ?? "it-lead@acme.example",
        message: `change ${number}`,
        ...(how.persons === undefined ? {} : { persons: how.persons }),
      };
      const rewritten = how.rewritten === true;
      return { ...about, at: now(), rewritten, tree: async () => tree(revision, contents) };
    },
    async *changes() {},
    nudge: () => {},
    lookUp: async () => undefined,
    close: async () => {},
  };
  return {
    source,
    commit(next: FileContents, given: HowCommitted = {}): void {
      number++;
      current = next;
      how = given;
    },
  };
}
