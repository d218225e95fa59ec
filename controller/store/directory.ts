import { createHash, randomBytes } from "node:crypto";
import { chmod, link, mkdir, open, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { UserError } from "../errors.ts";

/** The right of this process to use a data directory, and the socket by which others reach its holder. */
export interface Directory {
  readonly dataDir: string;
  /** Listens on `DIR/reeve.sock`. Connections are closed at once until somebody listens for `connection`. */
  readonly server: Server;
  readonly release: () => Promise<void>;
}

/**
 * Takes a data directory for this process by listening on a Unix socket in it; made when absent (mode 0700).
 * A socket that a killed process left behind is taken over. Throws UserError when another process holds it.
 */
export async function acquireDirectory(dataDir: string): Promise<Directory> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const real = await realpath(dataDir);
  const socket = join(real, "reeve.sock");
  const address = await socketAddress(real);
  const unique = `reeve.sock.${process.pid}.${randomBytes(4).toString("hex")}`;
  const server = createServer();
  server.on("connection", (peer) => {
    // Whoever asks whether the socket is alive hangs up at once.
    peer.on("error", () => peer.destroy());
    if (server.listenerCount("connection") === 1) peer.destroy();
  });
  try {
    await listen(server, address.path(unique));
    await chmod(join(real, unique), 0o600);
    await exclusively(real, () => claim(real, socket, unique, address.path("reeve.sock")));
    await rm(join(real, unique), { force: true });
    await writeFile(join(real, "holder"), `process ${process.pid} since ${new Date().toISOString()}\n`);
  } catch (error) {
    await closeServer(server);
    await rm(join(real, unique), { force: true });
    await address.close();
    throw error;
  }
  const mine = (await stat(socket)).ino;

  async function release(): Promise<void> {
    const now = await stat(socket).catch(() => undefined);
    if (now?.ino === mine) await rm(socket, { force: true });
    await closeServer(server);
    await address.close();
  }
  return { dataDir: real, server, release };
}

/**
 * How to reach sockets in `dir`: the kernel allows paths of 107 bytes, so a longer one goes through an open
 * directory on Linux. `close` gives that directory back.
 */
export async function socketAddress(
  dir: string,
): Promise<{ path: (name: string) => string; close: () => Promise<void> }> {
  // The longest name used here is `reeve.sock.` with a process id and eight digits.
  const longest = Buffer.byteLength(join(dir, "reeve.sock.4194304.00000000"));
  if (longest <= 103) return { path: (name) => join(dir, name), close: async () => {} };
  if (process.platform !== "linux") {
    throw new UserError("path-too-long", `the data directory's path ${dir} is too long for a socket`, {
      hint: `Use a path of at most ${103 - 28} bytes.`,
    });
  }
  const handle = await open(dir, "r");
  return { path: (name) => `/proc/self/fd/${handle.fd}/${name}`, close: () => handle.close() };
}

async function claim(dir: string, socket: string, unique: string, reachable: string): Promise<void> {
  // A hard link appears whole or not at all, and never replaces what is there.
  if (await linked(join(dir, unique), socket)) return;
  if (await answers(reachable)) {
    const holder = await readFile(join(dir, "holder"), "utf8").catch(() => "another process");
    throw new UserError("directory-in-use", `${dir} is in use by ${holder.trim()}`, {
      hint: "Stop it first, or speak to it through the CLI; one process at a time can open an embedded store.",
    });
  }
  await rm(socket, { force: true });
  if (!(await linked(join(dir, unique), socket)))
    throw new Error(`${socket} came back while it was taken over`);
}

/** Keeps two processes from taking over a dead one's socket at once; the kernel frees the name with the process. */
async function exclusively(dir: string, work: () => Promise<void>): Promise<void> {
  if (process.platform !== "linux") return work();
  const name = `\0reeve-${createHash("sha256").update(dir).digest("hex").slice(0, 32)}`;
  for (let attempt = 1; ; attempt += 1) {
    const mutex = createServer((peer) => peer.destroy());
    try {
      await listen(mutex, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || attempt === 100) throw error;
      await delay(20);
      continue;
    }
    try {
      return await work();
    } finally {
      await closeServer(mutex);
    }
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const peer = connect(path);
    peer.once("connect", () => {
      peer.destroy();
      resolve(true);
    });
    peer.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED" || error.code === "ENOENT") resolve(false);
      else if (error.code === "EAGAIN") resolve(true);
      else reject(error);
    });
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
