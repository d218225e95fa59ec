import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";
import type { Client } from "./client.ts";
import { type ConnectionOptions, type OpenClient, openClient } from "./connection.ts";
import type { Io } from "./io.ts";
import type { Parts } from "./parts.ts";
import type { Look } from "./render/look.ts";

/** The options that every verb takes. */
export interface CommonOptions extends ConnectionOptions {
  readonly output: "text" | "json" | "markdown";
  readonly out?: string | undefined;
  readonly config?: string | undefined;
  readonly set?: Readonly<Record<string, string>> | undefined;
}

/** One run of a verb: where it asks, how it looks, and where its result goes. */
export interface Session extends AsyncDisposable {
  readonly io: Io;
  readonly look: Look;
  readonly output: CommonOptions["output"];
  readonly out: string | undefined;
  readonly loadConfig: () => Promise<Config>;
  readonly runDaemon: Parts["runDaemon"];
  readonly examine: Parts["examine"];
  readonly google: Parts["google"];
  readonly client: () => Promise<Client>;
  /** The result: the view with its `formatVersion`, or what `render` makes of it. */
  readonly show: <View extends object>(
    view: View,
    render: (view: View, look: Look) => string,
  ) => Promise<void>;
  /** The result as it is, to standard output or to the file of `--out`. */
  readonly write: (result: string | Uint8Array) => Promise<void>;
}

/** Written into every JSON result; a new number means that something was renamed or removed (docs/cli.md). */
export const formatVersion = 1;

export function openSession(io: Io, parts: Parts, options: CommonOptions): Session {
  const loadConfig = () =>
    parts.loadConfig({
      env: io.env,
      cwd: io.cwd,
      ...(options.config === undefined ? {} : { file: options.config }),
      ...(options.set === undefined ? {} : { flags: options.set }),
    });
  const color = io.color && options.out === undefined;
  const width = Math.min(100, Math.max(60, io.columns ?? 100));
  const look = { now: io.now(), width, color };
  let opened: Promise<OpenClient> | undefined;
  const write = (result: string | Uint8Array) => writeResult(io, options.out, result);
  return {
    io,
    look,
    output: options.output,
    out: options.out,
    loadConfig,
    runDaemon: parts.runDaemon,
    examine: parts.examine,
    google: parts.google,
    async client() {
      opened ??= openClient(io, options, loadConfig, parts.openOffline);
      return (await opened).client;
    },
    write,
    show: (view, render) => write(options.output === "json" ? toJson(view) : render(view, look)),
    async [Symbol.asyncDispose]() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

function toJson(view: object): string {
  return `${JSON.stringify({ formatVersion, ...view }, undefined, 2)}\n`;
}

async function writeResult(io: Io, out: string | undefined, result: string | Uint8Array): Promise<void> {
  if (out === undefined) return io.out(result);
  await writeFileAt(io.cwd, out, result);
}

/** Writes a file that only its owner reads. Throws UserError when that cannot be done. */
export async function writeFileAt(cwd: string, file: string, content: string | Uint8Array): Promise<void> {
  await writeFile(resolve(cwd, file), content, { mode: 0o600 }).catch((cause: NodeJS.ErrnoException) => {
    throw new UserError("unwritable", `cannot write ${file}: ${cause.code ?? "unknown error"}`, { cause });
  });
}

/** The text of a file that somebody named. Throws UserError when it cannot be read. */
export async function readTextAt(cwd: string, file: string, what: string): Promise<string> {
  return readFile(resolve(cwd, file), "utf8").catch((cause: NodeJS.ErrnoException) => {
    const message = `the ${what} ${file} cannot be read: ${cause.code ?? "unknown error"}`;
    throw new UserError("unreadable", message, { cause });
  });
}
