import { createHash } from "node:crypto";
import { type CommitObject, parseCommit } from "../../core/signing/commit-object.ts";
import type { Read } from "../../core/signing/ssh-key.ts";
import { type Git, GitFailure } from "../run-git.ts";

/** More commits at once than this are a history, not a change. */
const mostCommits = 10_000;
const mostBytes = 64 * 1024 * 1024;

export interface RangeObjects {
  readonly commits: readonly { readonly commit: string; readonly object: Read<CommitObject> }[];
  readonly problem?: "incomplete" | "too-many";
}

/**
 * The commits that lead to `head` and to none of `without`, along all parents, each read by its id and checked against
 * it. Of more than can be looked at only the newest. Throws `GitFailure` when the copy is damaged.
 */
export async function readRange(git: Git, head: string, without: readonly string[]): Promise<RangeObjects> {
  const range = [head, ...without.map((id) => `^${id}`)];
  const listed = await git.text(["rev-list", "--boundary", `--max-count=${mostCommits + 1}`, ...range], {
    maxBytes: 8_000_000,
  });
  const lines = listed.split("\n").filter((line) => line !== "");
  const ids = lines.filter((line) => !line.startsWith("-"));
  if (ids.length > mostCommits) return { commits: await readCommits(git, [head]), problem: "too-many" };
  const commits = await readCommits(git, ids);
  // A copy of a shallow repository ends where the parents of a commit are neither new nor known.
  const known = new Set(lines.map((line) => line.replace(/^-/, "")));
  const isComplete = commits.every(
    ({ object }) => !object.ok || object.value.parents.every((parent) => known.has(parent)),
  );
  return isComplete ? { commits } : { commits, problem: "incomplete" };
}

async function readCommits(git: Git, ids: readonly string[]): Promise<RangeObjects["commits"]> {
  if (ids.length === 0) return [];
  const input = ids.map((id) => `${id}\n`).join("");
  const output = await git.catFile(["--batch"], { input, maxBytes: mostBytes, timeoutMs: 120_000 });
  let at = 0;
  return ids.map((commit) => {
    const end = output.indexOf("\n", at);
    const [, size] =
      /^[0-9a-f]+ commit (\d{1,9})$/.exec(output.toString("latin1", at, Math.max(at, end))) ?? [];
    if (size === undefined) throw new GitFailure(`bad object ${commit}`);
    const bytes = output.subarray(end + 1, end + 1 + Number(size));
    at = end + 1 + Number(size) + 1;
    return { commit, object: readCommit(commit, bytes) };
  });
}

function readCommit(commit: string, bytes: Buffer): Read<CommitObject> {
  const format = commit.length === 64 ? "sha256" : "sha1";
  const id = createHash(format).update(`commit ${bytes.length}\0`).update(bytes).digest("hex");
  if (id !== commit) throw new GitFailure(`bad object ${commit}: it is not what its id says`);
  return parseCommit(bytes, format);
}
