import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Config } from "../config.ts";
import { UserError } from "../errors.ts";
import { type Client, type Connection, createClient } from "./client.ts";
import type { Io } from "./io.ts";

export interface ConnectionOptions {
  readonly server?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly caFile?: string | undefined;
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
): Promise<Client> {
  const server = options.server ?? (io.env.REEVE_SERVER || undefined);
  const token = await readToken(io, options);
  const withToken = token === undefined ? {} : { token };
  return createClient(
    server === undefined
      ? { socket: await socketOf(await loadConfig()), ...withToken }
      : await remote(io, options, server, withToken),
  );
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
    throw new UserError("unreadable", `the ${what} ${path} cannot be read: ${cause.code ?? "unknown error"}`, {
      cause,
    });
  });
}

// The kernel allows 107 bytes for a socket's path; the store knows the way around.
async function socketOf(config: Config): Promise<string> {
  const { socket } = config.admin;
  if (Buffer.byteLength(socket) <= 103) return socket;
  const { socketAddress } = await import("../store/directory.ts");
  const { dirname, basename } = await import("node:path");
  return (await socketAddress(dirname(socket))).path(basename(socket));
}
