import { watch } from "chokidar";
import { readDirectoryTree } from "./directory-tree.ts";
import type { RevisionInfo, Source } from "./source.ts";
import { createWake, raisings, systemTimers, type Timers } from "./wake.ts";

export interface DirectoryOptions {
  readonly folder: string;
  /** How long no file may change before a burst of saves counts as over. */
  readonly quietMs?: number;
  /** A look without an event, for file systems that report none. */
  readonly rescanMs?: number;
  readonly clock?: () => number;
  readonly timers?: Timers;
}

/** A folder that is watched: what a person edits, without commits. A burst of saves is one revision. */
export function openDirectory(options: DirectoryOptions): Source {
  const { folder, clock = Date.now } = options;
  const wake = createWake();
  const closing = new AbortController();
  const seen = new Map<string, RevisionInfo>();
  return {
    describe: () => folder,
    async poll() {
      const tree = await readDirectoryTree(folder);
      const known = seen.get(tree.revision);
      const info = known ?? { revision: tree.revision, at: clock(), ...nobody };
      remember(seen, info);
      return { ...info, rewritten: false, tree: async () => tree };
    },
    async *changes(signal) {
      const until = AbortSignal.any([signal, closing.signal]);
      const stop = startWatching(options, wake.raise);
      try {
        yield* raisings(wake, until);
      } finally {
        await stop();
      }
    },
    nudge: wake.raise,
    lookUp: async (revision) => seen.get(revision),
    close: async () => closing.abort(),
  };
}

const nobody = { author: "watched folder", authorEmail: "", message: "saved in the watched folder" };

/** Calls `changed` once `quietMs` after the last save, and at least every ten times that while saving goes on. */
export function debounce(
  changed: () => void,
  quietMs: number,
  timers: Timers,
): { touch(): void; stop(): void } {
  let quiet: unknown;
  let longest: unknown;
  function stop(): void {
    timers.clear(quiet);
    timers.clear(longest);
    quiet = longest = undefined;
  }
  function fire(): void {
    stop();
    changed();
  }
  return {
    stop,
    touch() {
      timers.clear(quiet);
      quiet = timers.set(fire, quietMs);
      longest ??= timers.set(fire, 10 * quietMs);
    },
  };
}

function startWatching(options: DirectoryOptions, changed: () => void): () => Promise<void> {
  const { folder, quietMs = 150, rescanMs = 60_000, timers = systemTimers } = options;
  const burst = debounce(changed, quietMs, timers);
  const watcher = watch(folder, {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path) => /(^|[/\\])(\.git|node_modules)$/.test(path.slice(folder.length)),
  });
  watcher.on("all", burst.touch);
  // What was saved before the watcher was ready has no event.
  watcher.on("ready", burst.touch);
  watcher.on("error", burst.touch);
  let rescan = timers.set(again, rescanMs);
  function again(): void {
    changed();
    rescan = timers.set(again, rescanMs);
  }
  return async () => {
    burst.stop();
    timers.clear(rescan);
    await watcher.close();
  };
}

function remember(seen: Map<string, RevisionInfo>, info: RevisionInfo): void {
  seen.delete(info.revision);
  seen.set(info.revision, info);
  for (const oldest of seen.keys()) {
    if (seen.size <= 100) break;
    seen.delete(oldest);
  }
}
