import { setTimeout as sleep } from "node:timers/promises";
import type { SourceTree } from "../core/source-tree.ts";
import { Retry, UserError } from "../errors.ts";
import { createMirror, type Mirror, parseRef } from "./mirror.ts";
import { whyUnsafe } from "./paths.ts";
import { type AllowedProtocols, parseRemote } from "./remote.ts";
import { GitFailure } from "./run-git.ts";
import { createRangeVerifier, type SigningRules } from "./signatures/verify-range.ts";
import { nextPoll, type Snapshot, type Source } from "./source.ts";
import { readTree } from "./tree.ts";
import { createWake, raisings } from "./wake.ts";

export interface RepositoryOptions {
  readonly url: string;
  /** Where the bare mirror lives; made when it is missing. */
  readonly folder: string;
  readonly branch?: string;
  readonly tag?: string;
  readonly commit?: string;
  /** A folder of the repository that is the root of the policies. */
  readonly path?: string;
  readonly intervalMs: number;
  readonly allow?: AllowedProtocols;
  /** For https, when the address holds none: user name and password or token. */
  readonly credentials?: { readonly user: string; readonly password: string };
  readonly caFile?: string;
  readonly ssh?: { readonly keyFile?: string; readonly knownHostsFile?: string };
  /** Whose signatures are verified; nobody's when absent. */
  readonly signing?: SigningRules;
  readonly random?: () => number;
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Another git; for tests. */
  readonly binary?: string;
}

/** A Git repository followed through a bare mirror. Refuses bad addresses, refs and paths with `UserError`. */
export function openRepository(options: RepositoryOptions): Source {
  const remote = withCredentials(parseRemote(options.url, options.allow ?? {}), options.credentials);
  const ref = parseRef(options);
  const path = rootPath(options.path ?? "");
  const closing = new AbortController();
  const mirror = createMirror(options.folder, ref, {
    remote,
    signal: closing.signal,
    ...(options.caFile === undefined ? {} : { caFile: options.caFile }),
    ...(options.ssh === undefined ? {} : { ssh: options.ssh }),
    ...(options.binary === undefined ? {} : { binary: options.binary }),
  });
  const verify = options.signing && createRangeVerifier(mirror, options.signing, ref.type === "commit");
  const wake = createWake();
  const inTurn = createTurns();
  let last: string | undefined;
  let read: { readonly commit: string; readonly tree: Promise<SourceTree> } | undefined;

  function tree(commit: string): Promise<SourceTree> {
    if (read?.commit !== commit) {
      const reading = { commit, tree: inTurn(() => readPolicies(mirror, commit, path)) };
      reading.tree.catch(() => {
        if (read === reading) read = undefined;
      });
      read = reading;
    }
    return read.tree;
  }

  return {
    describe: () =>
      [remote.url, ref.type === "commit" ? ref.id : nameOf(ref), path].filter(Boolean).join(" "),
    poll: (previous = last) =>
      inTurn(async () => {
        const commit = await mirror.update();
        const info = await mirror.info(commit);
        if (info === undefined) throw new Retry("source-unreachable", `commit ${commit} is gone again`);
        const known = previous === undefined || previous === commit;
        const rewritten = !known && !(await mirror.isAncestor(previous, commit));
        last = commit;
        const by = previous === commit ? {} : { persons: await mirror.persons(previous, commit) };
        const signed = verify && {
          signatures: () => inTurn(() => readable(mirror, commit, () => verify(commit, previous))),
        };
        return { ...info, rewritten, ...by, ...signed, tree: () => tree(commit) } satisfies Snapshot;
      }),
    changes(signal) {
      const until = AbortSignal.any([signal, closing.signal]);
      void tick(options, wake.raise, until);
      return raisings(wake, until);
    },
    nudge: wake.raise,
    lookUp: (revision) => mirror.info(revision).catch(() => undefined),
    close: async () => closing.abort(),
  };
}

/** One task after the other: a mirror that is being replaced must not be read. */
function createTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(task: () => Promise<T>): Promise<T> => {
    const turn = last.then(task, task);
    last = turn.catch(() => {});
    return turn;
  };
}

async function tick(options: RepositoryOptions, raise: () => void, signal: AbortSignal): Promise<void> {
  const pause = options.sleep ?? ((ms, until) => sleep(ms, undefined, { signal: until }));
  const random = options.random ?? Math.random;
  while (!signal.aborted) {
    await pause(nextPoll(options.intervalMs, random()), signal).catch(() => {});
    if (!signal.aborted) raise();
  }
}

function readPolicies(mirror: Mirror, commit: string, path: string): Promise<SourceTree> {
  return readable(mirror, commit, async () => {
    try {
      return await readTree(mirror.git, commit, path);
    } catch (error) {
      const isElsewhere = /not a (valid object name|tree)|does not exist|exists on disk/i;
      if (path === "" || !(error instanceof GitFailure) || !isElsewhere.test(error.message)) throw error;
      throw new UserError("source-path", `commit ${commit.slice(0, 10)} has no folder "${path}"`, {
        hint: "Check source.path.",
      });
    }
  });
}

/** What the mirror holds and cannot be read, the next poll fetches again. */
async function readable<T>(mirror: Mirror, commit: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    await mirror.discard();
    throw new Retry("source-unreadable", `commit ${commit} cannot be read: ${error.message}`);
  }
}

function withCredentials(remote: ReturnType<typeof parseRemote>, given: RepositoryOptions["credentials"]) {
  if (given === undefined) return remote;
  if (remote.protocol === "https" || remote.protocol === "http") return { ...remote, credentials: given };
  throw new UserError("source-address", "a user name and a password can be used with https only");
}

function rootPath(path: string): string {
  const clean = path.replace(/^(\.?\/)+|\/+$/g, "");
  if (clean === "" || clean === ".") return "";
  const reason = whyUnsafe(clean);
  if (reason === undefined && !clean.includes(":")) return clean;
  throw new UserError(
    "source-path",
    `source.path is not a folder of the repository: ${reason ?? "it has a colon"}`,
  );
}

function nameOf(ref: { type: string; name?: string }): string {
  return ref.name ?? "HEAD";
}
