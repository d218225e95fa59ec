import { open } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../errors.ts";
import type { Io } from "./io.ts";

/** Where a long result goes, part by part. */
export interface Sink extends AsyncDisposable {
  readonly write: (text: string) => Promise<void>;
}

/** Standard output. */
export function standardOutput(io: Io): Sink {
  return { write: async (text) => io.out(text), [Symbol.asyncDispose]: async () => {} };
}

const atOnce = 65_536;

/** A file that only its owner reads, in place of what was there. Throws UserError when it cannot be written. */
export async function openFile(cwd: string, path: string): Promise<Sink> {
  const unwritable = (cause: NodeJS.ErrnoException): never => {
    throw new UserError("unwritable", `cannot write ${path}: ${cause.code ?? "unknown error"}`, { cause });
  };
  const file = await open(resolve(cwd, path), "w", 0o600).catch(unwritable);
  let waiting = "";
  const flush = async (): Promise<void> => {
    const text = waiting;
    waiting = "";
    if (text !== "") await file.appendFile(text).catch(unwritable);
  };
  return {
    async write(text) {
      waiting += text;
      if (waiting.length >= atOnce) await flush();
    },
    async [Symbol.asyncDispose]() {
      await flush();
      await file.close();
    },
  };
}
