import { fork } from "node:child_process";
import { join } from "node:path";

/** What the client process is asked to do. */
export type Asked =
  /** A server to talk to, with no devices yet. */
  | { readonly type: "server"; readonly url: string; readonly ca: string }
  | { readonly type: "enroll"; readonly devices: number; readonly profile: Buffer }
  /** Every device connects and answers commands until there are none. */
  | { readonly type: "talk" }
  | { readonly type: "idle"; readonly seconds: number; readonly connections: number };

/** Requests that were sent at full speed. */
export interface Burst {
  readonly what: string;
  readonly ms: number;
  readonly requests: number;
  /** Requests that brought the result of a command. */
  readonly reports: number;
  /** Answers that brought the next command. */
  readonly commands: number;
}

export interface Load {
  readonly bursts: readonly Burst[];
  readonly latencies?: Float64Array;
  readonly cpuSeconds?: number;
}

/** The client, in a process of its own. */
export interface LoadClient extends Disposable {
  readonly ask: (asked: Asked) => Promise<Load>;
}

/** Starts the client process. */
export function startLoadClient(): LoadClient {
  const child = fork(join(import.meta.dirname, "load-client.ts"), [], {
    serialization: "advanced",
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    execArgv: [],
  });
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code, signal) => reject(new Error(`the client ended with ${code ?? signal}`)));
  });
  ended.catch(() => {});
  return {
    ask: (asked) => {
      const answered = new Promise<Load>((resolve, reject) => {
        child.once("message", (message: Load | { readonly failed: string }) =>
          "failed" in message ? reject(new Error(message.failed)) : resolve(message),
        );
      });
      child.send(asked);
      return Promise.race([answered, ended]);
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}

/** Requests per second of some bursts together. */
export function rateOf(
  bursts: readonly Burst[],
  count: (burst: Burst) => number = (one) => one.requests,
): number {
  const ms = bursts.reduce((sum, burst) => sum + burst.ms, 0);
  return ms === 0 ? 0 : (bursts.reduce((sum, burst) => sum + count(burst), 0) * 1_000) / ms;
}
