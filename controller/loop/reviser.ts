import { getCompileCacheDir } from "node:module";
import { Worker } from "node:worker_threads";
import type { Compiled } from "../core/compiled.ts";
import { type Diagnostic, fileDiagnostic } from "../core/diagnostic.ts";
import type { SourceTree } from "../core/source-tree.ts";
import { Retry } from "../errors.ts";
import { putTogether } from "./compiled-pieces.ts";
import { layTree } from "./packed-tree.ts";
import type { Answer, Task } from "./revision-thread.ts";
import {
  type DeclaredSecrets,
  type Fingerprints,
  type RevisionSettings,
  type Secrets,
  secretsOf,
  secretVariables,
} from "./secrets.ts";

/** A revision that can be in force. */
export interface Revised {
  readonly compiled: Compiled;
  readonly secrets: Secrets;
  readonly declared: DeclaredSecrets;
  readonly fingerprints: Fingerprints;
  /** The tree as `packTree` packs it. */
  readonly packed: Uint8Array;
}

export type Revision =
  | { readonly type: "valid"; readonly revised: Revised }
  | { readonly type: "refused"; readonly diagnostics: readonly Diagnostic[] };

/** Validates and compiles in a thread of its own, which may take so much time and memory and not more. */
export interface Reviser {
  /** A tree, or one that `packTree` packed. What goes over a cap is refused like any other wrong revision. */
  readonly revise: (
    tree: SourceTree | Uint8Array,
    settings: RevisionSettings,
    now: number,
  ) => Promise<Revision>;
  /** Fingerprints of secrets as they are now; one that cannot be read is missing. */
  readonly fingerprints: (
    declared: DeclaredSecrets,
    names: readonly string[],
    settings: RevisionSettings,
  ) => Promise<Fingerprints>;
  /** Ends the thread; what is under way fails. */
  readonly close: () => Promise<void>;
}

export interface ReviserOptions {
  /** Milliseconds for one revision, one minute when absent. */
  readonly timeMs?: number;
  /** MiB of memory for manifests and what becomes of them, 1024 when absent. */
  readonly memoryMiB?: number;
  /** How many may wait for their turn; more are told to come back. Any number when absent. */
  readonly mostWaiting?: number;
  /** Another thread to run; for tests. */
  readonly thread?: URL;
}

const thread = new URL("./start-revision-thread.ts", import.meta.url);

/** A reviser; its thread starts with the first revision, and another one after it had to be ended. */
export function createReviser(options: ReviserOptions = {}): Reviser {
  const { timeMs = 60_000, memoryMiB = 1_024, mostWaiting = Number.POSITIVE_INFINITY } = options;
  let worker: Worker | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  /** One after the other: a thread does one thing at a time, and a cap is that of one revision. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting > mostWaiting)
      throw new Retry("plan-busy", "other plans are being worked out: try again later", { afterMs: 10_000 });
    waiting++;
    const mine = turn.then(work, work).finally(() => waiting--);
    turn = mine.catch(() => {});
    return mine;
  }

  function start(): Worker {
    const started = new Worker(options.thread ?? thread, {
      name: "revisions",
      env: {},
      workerData: { compiled: getCompileCacheDir() },
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    // One that ends while it has nothing to do takes nobody with it, and is not asked again.
    started
      .on("error", () => {})
      .on("exit", () => {
        if (worker === started) worker = undefined;
      });
    return started;
  }

  /** A cap that was hit is an answer, a refusal; a thread that failed by itself is not. */
  async function ask(task: Task, transfer: readonly ArrayBuffer[]): Promise<Answer> {
    worker ??= start();
    const asked = worker;
    asked.ref();
    let over = (): void => {};
    try {
      return await new Promise<Answer>((resolve, reject) => {
        const failed = (error: NodeJS.ErrnoException): void => {
          if (error.code === "ERR_WORKER_OUT_OF_MEMORY") resolve(refusal(tooMuch(memoryMiB)));
          else reject(error);
        };
        const ended = (code: number): void => reject(new Error(`the thread of revisions ended with ${code}`));
        const timer = setTimeout(() => resolve(refusal(tooLong(timeMs))), timeMs);
        over = () => {
          clearTimeout(timer);
          asked.off("message", resolve).off("error", failed).off("exit", ended);
        };
        asked.on("message", resolve).on("error", failed).on("exit", ended);
        asked.postMessage(task, [...transfer]);
      });
    } finally {
      over();
      asked.unref();
    }
  }

  async function end(): Promise<void> {
    const ended = worker;
    worker = undefined;
    await ended?.terminate();
  }

  /** A thread that was stopped in its work, by us or by itself, is not asked again. */
  async function asked(task: Task, transfer: readonly ArrayBuffer[]): Promise<Answer> {
    try {
      const answer = await ask(task, transfer);
      if (capped.has(answer)) await end();
      return answer;
    } catch (error) {
      await end();
      throw error;
    }
  }

  return {
    revise: async (tree, settings, now) =>
      inTurn(async () => {
        const laid = tree instanceof Uint8Array ? { packed: tree } : await layTree(tree);
        const transfer = "block" in laid ? [laid.block.buffer] : [];
        const answer = await asked({ type: "revise", tree: laid, settings: sent(settings), now }, transfer);
        if (answer.type === "refused") return answer;
        if (answer.type !== "valid") throw new Error("the thread of revisions answered something else");
        const { declared, fingerprints, packed } = answer;
        const compiled = await putTogether(answer.compiled);
        const secrets = secretsOf(declared, settings);
        return { type: "valid", revised: { compiled, secrets, declared, fingerprints, packed } };
      }),
    fingerprints: async (declared, names, { lastFingerprints: _last, ...settings }) =>
      inTurn(async () => {
        const task = { type: "fingerprints", declared, names, settings: sent(settings) } as const;
        const answer = await asked(task, []);
        return answer.type === "fingerprints" ? answer.fingerprints : {};
      }),
    close: end,
  };
}

/** The settings as a thread may have them: it makes fingerprints, and whoever sends a value asks `isOwn`. */
function sent({ isOwn: _own, ...settings }: RevisionSettings): RevisionSettings {
  return { ...settings, environment: secretVariables(settings.environment) };
}

const capped = new WeakSet<Answer>();

function refusal(diagnostic: Diagnostic): Answer {
  const answer: Answer = { type: "refused", diagnostics: [diagnostic] };
  capped.add(answer);
  return answer;
}

function tooLong(timeMs: number): Diagnostic {
  return fileDiagnostic(
    ".",
    "takes-too-long",
    `validating and compiling took more than ${timeMs / 1_000} s and was ended`,
    "Split or remove what is large in the last commit; for a repository that needs it raise reconcile.revisionTime.",
  );
}

function tooMuch(memoryMiB: number): Diagnostic {
  return fileDiagnostic(
    ".",
    "takes-too-much-memory",
    `validating and compiling took more than ${memoryMiB} MiB of memory and was ended`,
    "Split or remove what is large in the last commit; for a repository that needs it raise reconcile.revisionMemory.",
  );
}
