import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { basename, dirname, resolve } from "node:path";
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";
import { type Client, createClient } from "./client.ts";
import type { Io } from "./io.ts";
import type { Parts } from "./parts.ts";
import type { Connection } from "./transport.ts";

export interface ConnectionOptions {
  readonly server?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
}

/** A client, and what gives back what reaching it took. */
export interface OpenClient {
  readonly client: Client;
  readonly close: () => Promise<void>;
}

/**
 * The client of the daemon that the flags or REEVE_SERVER name, else of the one that listens on the socket of the
 * configured store directory. A token comes from --token-file, REEVE_TOKEN_FILE or REEVE_TOKEN. `UserError` when
 * a file cannot be read; nothing is connected yet.
 */
export async function openClient(
  io: Io,
  options: ConnectionOptions,
  loadConfig: () => Promise<Config>,
  openOffline: Parts["openOffline"],
): Promise<OpenClient> {
  const server = options.server ?? (io.env.REEVE_SERVER || undefined);
  const token = await readToken(io, options);
  const withToken = token === undefined ? {} : { token };
  if (server !== undefined)
    return { client: createClient(await remote(io, options, server, withToken)), close: async () => {} };
  const config = await loadConfig();
  const socket = await socketOf(config);
  const offline = (await answers(socket.path)) ? undefined : await openOffline(config);
  if (offline !== undefined)
    return { client: createClient({ inject: offline.inject, ...withToken }), close: offline.close };
  return { client: createClient({ socket: socket.path, ...withToken }), close: socket.close };
}

/** Whether a daemon listens; what it then says is another matter. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const done = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}

async function remote(
  io: Io,
  options: ConnectionOptions,
  server: string,
  token: { readonly token?: string },
): Promise<Connection> {
  const caFile = options.caFile ?? (io.env.REEVE_CA_FILE || undefined);
  return caFile === undefined
    ? { server, ...token }
    : { server, ...token, ca: await readText(resolve(io.cwd, caFile), "CA file") };
}

async function readToken(io: Io, options: ConnectionOptions): Promise<string | undefined> {
  const file = options.tokenFile ?? (io.env.REEVE_TOKEN_FILE || undefined);
  if (file === undefined) return io.env.REEVE_TOKEN || undefined;
  const token = (await readText(resolve(io.cwd, file), "token file")).trim();
  if (/^[\x21-\x7e]{1,512}$/.test(token)) return token;
  throw new UserError("token-file", `the token file ${file} does not hold one token`, {
    hint: "Expected one line of visible ASCII characters.",
  });
}

async function readText(path: string, what: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new UserError(
      "unreadable",
      `the ${what} ${path} cannot be read: ${cause.code ?? "unknown error"}`,
      {
        cause,
      },
    );
  });
}

// The kernel allows 107 bytes for a socket's path; the store knows the way around.
async function socketOf(
  config: Config,
): Promise<{ readonly path: string; readonly close: () => Promise<void> }> {
  const { socket } = config.admin;
  const directory = dirname(socket);
  if (Buffer.byteLength(socket) <= 103 || !existsSync(directory))
    return { path: socket, close: async () => {} };
  const { socketAddress } = await import("../store/directory.ts");
  const { path, close } = await socketAddress(directory);
  return { path: path(basename(socket)), close };
}
