import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "../core/canonical.ts";
import { Retry, UserError } from "../errors.ts";
import { isObjectId, isRefName, type Remote } from "./remote.ts";
import { createGit, type Git, GitFailure, type GitOptions } from "./run-git.ts";
import type { RevisionInfo } from "./source.ts";
import { isDamage, understood } from "./understand.ts";

/** What to follow. Without a choice: the branch that the remote's HEAD names. */
export type Ref =
  | { readonly type: "head" }
  | { readonly type: "branch" | "tag"; readonly name: string }
  | { readonly type: "commit"; readonly id: string };

/** A bare copy of one ref. */
export interface Mirror {
  readonly git: Git;
  /** Asks the remote and fetches what is new; the commit that the ref names now. `Retry` or `UserError`. */
  readonly update: () => Promise<string>;
  /** Who made a commit; undefined when it is not here. */
  readonly info: (commit: string) => Promise<RevisionInfo | undefined>;
  readonly isAncestor: (older: string, newer: string) => Promise<boolean>;
  /** Names and addresses of those who made the commits from `older` (exclusive; else all) to `newer`. */
  readonly persons: (older: string | undefined, newer: string) => Promise<readonly string[]>;
  /** Throws the copy away; the next update fetches everything again. */
  readonly discard: () => Promise<void>;
}

const local = "refs/reeve/source";

/** A mirror in a folder of its own below `folder`, one per address, so that another address never mixes in. */
export function createMirror(folder: string, ref: Ref, options: Omit<GitOptions, "folder">): Mirror {
  const { remote } = options;
  const path = join(folder, `${sha256(remote.url).slice(0, 16)}.git`);
  const trusting = remote.protocol === "file" ? join(folder, "file-source.gitconfig") : undefined;
  const git = createGit({ ...options, folder: path, ...(trusting && { globalConfig: trusting }) });
  let format: "sha1" | "sha256" | undefined;

  async function prepare(wanted: "sha1" | "sha256"): Promise<void> {
    if (format === wanted) return;
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (trusting !== undefined) await writeFile(trusting, safeDirectory(remote));
    await git.text(["init", "--bare", "--quiet", "--template=", `--object-format=${wanted}`]);
    format = wanted;
  }

  async function update(): Promise<string> {
    if (format === undefined) await prepare(await formatOnDisk(path));
    const target = await locate(git, remote, ref);
    const wanted = target.commit.length === 64 ? "sha256" : "sha1";
    if (format !== wanted) await discard();
    await prepare(wanted);
    if ((await resolve(git, local)) !== target.commit) await fetch(git, remote, target.refspec);
    const commit = await resolve(git, local);
    if (commit === undefined) throw new GitFailure("bad object after a fetch");
    return commit;
  }

  async function discard(): Promise<void> {
    format = undefined;
    await rm(path, { recursive: true, force: true });
  }

  return {
    git,
    discard,
    async update() {
      try {
        return await update();
      } catch (error) {
        if (!isDamage(error)) throw understood(error, remote);
      }
      await discard();
      return update().catch((error: unknown) => {
        throw understood(error, remote);
      });
    },
    info: (commit) => readInfo(git, commit),
    isAncestor: (older, newer) => isAncestor(git, older, newer),
    persons: (older, newer) => readPersons(git, older, newer),
  };
}

/**
 * git refuses repositories of other users (safe.directory, git-config(1)). The configuration has named this one, and
 * git takes the permission from a file only.
 */
function safeDirectory(remote: Remote): string {
  const path = fileURLToPath(remote.url).replace(/["\\]/g, "\\$&");
  return `[safe]\n\tdirectory = "${path}"\n\tdirectory = "${path}/.git"\n`;
}

interface Target {
  readonly refspec: string;
  readonly commit: string;
}

async function locate(git: Git, remote: Remote, ref: Ref): Promise<Target> {
  if (ref.type === "commit") return { refspec: `+${ref.id}:${local}`, commit: ref.id };
  const name = ref.type === "head" ? "HEAD" : `refs/${ref.type === "branch" ? "heads" : "tags"}/${ref.name}`;
  const refs = await listRemote(git, remote, [name, ...(ref.type === "tag" ? [`${name}^{}`] : [])]);
  const commit = refs.get(`${name}^{}`) ?? refs.get(name);
  if (commit === undefined) throw await missing(git, remote, ref);
  return { refspec: `+${name}:${local}`, commit };
}

/** `ls-remote` matches the tail of names, so only exact ones are kept. */
async function listRemote(git: Git, remote: Remote, patterns: readonly string[]) {
  const output = await git.text(["ls-remote", "--quiet", "--", remote.url, ...patterns], {
    maxBytes: 8_000_000,
  });
  const refs = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [oid = "", name = ""] = line.split("\t");
    if (isObjectId(oid) && (patterns.length === 0 || patterns.includes(name))) refs.set(name, oid);
  }
  return refs;
}

async function missing(git: Git, remote: Remote, ref: Ref): Promise<Error> {
  const all = [...(await listRemote(git, remote, [])).keys()].filter((name) => name !== "HEAD");
  if (all.length === 0 || ref.type === "head" || ref.type === "commit") {
    return new Retry("source-empty", `the policy repository ${remote.url} has no commit yet`);
  }
  const prefix = ref.type === "branch" ? "refs/heads/" : "refs/tags/";
  const names = all.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  const found = names.length === 0 ? "none" : names.slice(0, 5).join(", ");
  return new UserError("source-ref", `the policy repository ${remote.url} has no ${ref.type} "${ref.name}"`, {
    hint: `Found: ${found}${names.length > 5 ? ", …" : ""}. Set source.${ref.type}.`,
  });
}

/** Repositories are SHA-1 or SHA-256 throughout (gitformat-index(5)); `init` refuses to change a mirror's format. */
async function formatOnDisk(path: string): Promise<"sha1" | "sha256"> {
  const config = await readFile(join(path, "config"), "utf8").catch(() => "");
  return /objectformat\s*=\s*sha256/i.test(config) ? "sha256" : "sha1";
}

async function fetch(git: Git, remote: Remote, refspec: string): Promise<void> {
  const options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--force"];
  await git.text(["fetch", ...options, "--", remote.url, refspec], { timeoutMs: 600_000 });
}

async function resolve(git: Git, name: string): Promise<string | undefined> {
  const [line = ""] = (await git.text(["for-each-ref", "--format=%(objectname) %(*objectname)", name])).split(
    "\n",
  );
  const [oid = "", peeled = ""] = line.split(" ");
  const commit = isObjectId(peeled) ? peeled : oid;
  return isObjectId(commit) && (await isCommit(git, commit)) ? commit : undefined;
}

async function isCommit(git: Git, oid: string): Promise<boolean> {
  const answer = await git.catFile(["--batch-check"], { input: `${oid}\n` });
  return answer.toString("latin1").startsWith(`${oid} commit `);
}

async function isAncestor(git: Git, older: string, newer: string): Promise<boolean> {
  if (!isObjectId(older) || !(await isCommit(git, older))) return false;
  return (await git.text(["rev-list", "--max-count=1", older, `^${newer}`])).trim() === "";
}

async function readInfo(git: Git, commit: string): Promise<RevisionInfo | undefined> {
  if (!isObjectId(commit) || !(await isCommit(git, commit))) return undefined;
  const format = "--format=%an%x00%ae%x00%ct%x00%s";
  const output = await git.text([
    "log",
    "--max-count=1",
    "--no-show-signature",
    "--encoding=UTF-8",
    format,
    commit,
  ]);
  const [author = "", authorEmail = "", seconds = "", message = ""] = output.split("\0");
  return {
    revision: commit,
    author: shown(author, 100),
    authorEmail: shown(authorEmail, 200),
    message: shown(message, 300),
    at: Math.min(Number(seconds) * 1000 || 0, Number.MAX_SAFE_INTEGER),
  };
}

/** More commits at once than this are a history, not a change. */
const mostCommits = 10_000;

async function readPersons(git: Git, older: string | undefined, newer: string): Promise<readonly string[]> {
  const isKnown = older !== undefined && isObjectId(older) && (await isCommit(git, older));
  const range = isKnown ? [newer, `^${older}`] : [newer];
  const output = await git.text(
    [
      "log",
      "--no-show-signature",
      "--encoding=UTF-8",
      `--max-count=${mostCommits}`,
      "--format=%an%x00%ae%x00%cn%x00%ce",
      ...range,
    ],
    { maxBytes: 8_000_000 },
  );
  const persons = output.split(/[\0\n]/).map((one) => shown(one, 200));
  return [...new Set(persons.filter((one) => one !== ""))].sort();
}

/** Text of a commit on one line, without characters that steer terminals. */
function shown(text: string, length: number): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .trim()
    .slice(0, length);
}

/** A ref of the configuration, or `UserError`. Commit wins over tag, tag over branch. */
export function parseRef(choice: { branch?: string; tag?: string; commit?: string }): Ref {
  const { branch, tag, commit } = choice;
  if (commit !== undefined) {
    if (isObjectId(commit)) return { type: "commit", id: commit };
    throw new UserError("source-ref", "source.commit is not a full commit id (40 or 64 hexadecimal digits)");
  }
  if (tag === undefined && branch === undefined) return { type: "head" };
  const name = tag ?? branch ?? "";
  if (!isRefName(name))
    throw new UserError("source-ref", `source.${tag ? "tag" : "branch"} is not a name for one`);
  return { type: tag === undefined ? "branch" : "tag", name };
}
