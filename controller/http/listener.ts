import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { type AddressInfo, createConnection, type Server as NetServer } from "node:net";
import type { TLSSocket } from "node:tls";
import { UserError } from "../errors.ts";

export interface TlsFiles {
  /** PEM: the certificate and its chain. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Ask for a client certificate; it is verified later, and none is an answer as well. */
  readonly requestCertificate?: boolean;
  /** PEM of the authority whose certificates clients should offer. */
  readonly clientCa?: string | Buffer;
}

export type Address =
  | { readonly type: "tcp"; readonly host: string; readonly port: number; readonly tls?: TlsFiles }
  | { readonly type: "socket"; readonly path: string }
  /** A server that listens already on a Unix socket which only its owner may open, such as the store's guard. */
  | { readonly type: "guard"; readonly server: NetServer; readonly path: string };

export interface ListenOptions {
  /** Milliseconds from the first byte to the last of a request. */
  readonly requestTimeout?: number;
  readonly maxConnections?: number;
}

export interface Listening {
  /** Such as `https://127.0.0.1:8443` or `unix:/run/reeve.sock`. */
  readonly urls: readonly string[];
  /** Takes a renewed certificate into use for new connections. */
  readonly renew: (tls: TlsFiles) => void;
  /** Refuses new requests with 503, lets the open ones finish within `graceMs`, then ends them. */
  readonly close: (graceMs?: number) => Promise<void>;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const localSockets = new WeakSet<object>();

/** True for a request that came over a Unix socket: its sender is a user whom the file's mode admits. */
export function isLocalSocket(request: IncomingMessage): boolean {
  return localSockets.has(request.socket);
}

/** The certificate that a TLS client presented, unverified. */
export function peerCertificate(request: IncomingMessage) {
  const socket = request.socket as Partial<TLSSocket>;
  return socket.getPeerX509Certificate?.();
}

/** Listens on every address, or on none: `UserError` when one is taken. */
export async function listen(
  handler: Handler,
  addresses: readonly Address[],
  options: ListenOptions = {},
): Promise<Listening> {
  let closing = false;
  const guarded: Handler = (request, response) => {
    if (closing) response.writeHead(503, { connection: "close", "retry-after": "5" }).end();
    else handler(request, response);
  };
  const open: { readonly server: Server | TlsServer; readonly url: string }[] = [];

  async function close(graceMs = 25_000): Promise<void> {
    closing = true;
    await Promise.all(open.map(({ server }) => closeServer(server, graceMs)));
  }

  try {
    for (const address of addresses) {
      const server = prepare(address, guarded, options);
      open.push({ server, url: await bind(server, address) });
    }
  } catch (error) {
    await close(0);
    throw error;
  }
  return {
    urls: open.map(({ url }) => url),
    close,
    renew(tls) {
      for (const { server } of open) if ("setSecureContext" in server) server.setSecureContext(secure(tls));
    },
  };
}

function prepare(address: Address, handler: Handler, options: ListenOptions): Server | TlsServer {
  const requestTimeout = options.requestTimeout ?? 30_000;
  const limits = {
    maxHeaderSize: 16_384,
    requestTimeout,
    headersTimeout: Math.min(15_000, requestTimeout),
    keepAliveTimeout: 65_000,
    connectionsCheckingInterval: Math.min(5_000, requestTimeout),
  };
  const tls = address.type === "tcp" ? address.tls : undefined;
  const server =
    tls === undefined
      ? createServer(limits, handler)
      : createTlsServer({ ...limits, ...secure(tls), handshakeTimeout: 15_000 }, handler);
  server.maxConnections = options.maxConnections ?? 20_000;
  server.maxRequestsPerSocket = 0;
  server.on("clientError", (_error, socket) => {
    if (socket.writable)
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    else socket.destroy();
  });
  if (address.type !== "tcp") server.on("connection", (socket) => localSockets.add(socket));
  return server;
}

function secure(tls: TlsFiles) {
  return {
    cert: tls.cert,
    key: tls.key,
    minVersion: "TLSv1.2" as const,
    requestCert: tls.requestCertificate ?? false,
    // Which certificates count is decided per enrollment, and a device without one must get an answer.
    rejectUnauthorized: false,
    ...(tls.clientCa === undefined ? {} : { ca: tls.clientCa }),
  };
}

async function bind(server: Server | TlsServer, address: Address): Promise<string> {
  if (address.type === "socket") return bindSocket(server, address.path);
  if (address.type === "guard") return adopt(server, address);
  const { host, port, tls } = address;
  await started(server, () => server.listen(port, host)).catch((error: NodeJS.ErrnoException) => {
    throw new UserError("listen", `cannot listen on ${host}:${port}: ${error.code ?? error.message}`, {
      hint: error.code === "EADDRINUSE" ? "Another process has this port. Stop it, or choose another." : "",
    });
  });
  const bound = server.address() as AddressInfo;
  const name = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return `${tls === undefined ? "http" : "https"}://${name}:${bound.port}`;
}

/** Serves the connections of a server that another part opened and will close. */
function adopt(
  server: Server | TlsServer,
  { server: guard, path }: Extract<Address, { type: "guard" }>,
): string {
  guard.on("connection", (socket) => server.emit("connection", socket));
  return `unix:${path}`;
}

/** Only the daemon's own user may connect. The socket of a process that died is taken over. */
async function bindSocket(server: Server | TlsServer, path: string): Promise<string> {
  if (Buffer.byteLength(path) > 107) {
    throw new UserError("listen", `the path of a Unix socket has at most 107 bytes: ${path}`);
  }
  const attempt = () =>
    started(server, () => {
      const mask = process.umask(0o177);
      try {
        server.listen({ path });
      } finally {
        process.umask(mask);
      }
    });
  await attempt().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE") throw new UserError("listen", `cannot listen on ${path}: ${error.code}`);
    if (await answers(path)) {
      throw new UserError("already-running", `another reeve is listening on ${path}`, {
        hint: "Stop it first.",
      });
    }
    if (!lstatSync(path).isSocket())
      throw new UserError("listen", `${path} is in the way: it is not a socket`);
    unlinkSync(path);
    await attempt();
  });
  chmodSync(path, 0o600);
  return `unix:${path}`;
}

function started(server: Server | TlsServer, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    begin();
  });
}

/** Whether somebody is behind the socket; one that takes connections and says nothing counts. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const done = (alive: boolean) => {
      socket.destroy();
      resolve(alive);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
    socket.setTimeout(2_000, () => done(true));
  });
}

function closeServer(server: Server | TlsServer, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    // Connections that were kept alive become idle one by one.
    const sweep = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(force);
      clearInterval(sweep);
      resolve();
    });
    server.closeIdleConnections();
  });
}
