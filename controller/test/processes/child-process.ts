import { spawn } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");

/** The program itself. */
export const program = join(root, "controller", "main.ts");

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningChild {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves when the process is over, however it ended. */
  readonly finished: Promise<Finished>;
  readonly isRunning: () => boolean;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Sends to `process.on("message")` of the child; resolves with its next message. Rejects when the child is over. */
  readonly tell: (message: object) => Promise<unknown>;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a TypeScript file in a process of its own, with nothing of this one's environment but where things are. */
export function startChild(file: string, args: readonly string[], options: ChildOptions): RunningChild {
  const { PATH = "", HOME = "/", NODE_COMPILE_CACHE = "" } = process.env;
  const child = spawn(process.execPath, [file, ...args], {
    cwd: options.cwd,
    env: { PATH, HOME, NODE_COMPILE_CACHE, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const written = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      written[name] += text;
    });
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    finished,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: (signal) => void child.kill(signal),
    tell: (message) =>
      new Promise((resolve, reject) => {
        child.once("message", resolve);
        void finished.then(
          ({ signal }) => reject(new Error(`it was over before it answered: ${signal}`)),
          reject,
        );
        // What cannot be sent any more finds a process that is dying: whoever hears of it may start another at once.
        child.send(message, () => {});
      }),
  };
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a file to its end. */
export async function runChild(file: string, args: readonly string[], options: ChildOptions): Promise<Ran> {
  const child = startChild(file, args, options);
  const { code } = await child.finished;
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}
