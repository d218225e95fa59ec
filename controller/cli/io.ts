import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** The world that a command line runs in; tests bring their own. */
export interface Io {
  readonly out: (text: string | Uint8Array) => void;
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => number;
  /** Waits so long; false when there is no use in going on. */
  readonly wait: (ms: number) => Promise<boolean>;
  /** Columns of the terminal; undefined when standard output is none. */
  readonly columns: number | undefined;
  readonly color: boolean;
  /** Asks the person at the terminal; undefined when there is none. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** This process's standard streams. A reader that goes away (`| head`) ends the output quietly. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    wait: async (ms) => {
      await sleep(ms);
      return stdout.writable;
    },
    columns: stdout.isTTY ? stdout.columns : undefined,
    // `hasColors` knows NO_COLOR and FORCE_COLOR.
    color: stdout.isTTY && stdout.hasColors(),
    ask: stdin.isTTY && stderr.isTTY ? askThere : undefined,
  };
}

async function askThere(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}
