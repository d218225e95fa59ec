import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { loadConfig } from "../config.ts";
import type { Io } from "./io.ts";
import { runCommandLine } from "./program.ts";

/** What the verbs asked a daemon over real HTTP, and what it is told to answer. */
export interface TestDaemon extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** The same, for names that may be given more than once. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  readonly body: unknown;
  readonly token: string | undefined;
}

/** Answers per `METHOD PATH`: JSON, or a function of what was asked; a `Refusal` is an error of the daemon. */
export type Answers = Readonly<Record<string, unknown | ((asked: Asked) => unknown)>>;

/** An error as the daemon answers it. */
export interface Refusal {
  readonly status: number;
  readonly error: object;
}

const refusals = new WeakSet<object>();

export function refusal(status: number, error: object): Refusal {
  const made = { status, error };
  refusals.add(made);
  return made;
}

function isRefusal(value: unknown): value is Refusal {
  return typeof value === "object" && value !== null && refusals.has(value);
}

/** A small HTTP server with fixtures for answers, on a port, or on a socket. */
export async function startTestDaemon(answers: Answers, socket?: string): Promise<TestDaemon> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const url = new URL(request.url ?? "/", "http://daemon");
    const one = {
      method: request.method ?? "",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      repeated: Object.fromEntries(
        [...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)]),
      ),
      body: text === "" ? undefined : JSON.parse(text),
      token: request.headers.authorization?.replace("Bearer ", ""),
    };
    asked.push(one);
    const answer =
      answers[`${one.method} ${one.path}`] ?? refusal(404, { code: "not-found", message: "no such thing" });
    const value = typeof answer === "function" ? answer(one) : answer;
    const refused = isRefusal(value) ? value : undefined;
    response.writeHead(refused?.status ?? 200, { "content-type": "application/json" });
    response.end(JSON.stringify(refused === undefined ? value : { error: refused.error }));
  });
  await new Promise<void>((resolve) => {
    if (socket === undefined) server.listen(0, "127.0.0.1", resolve);
    else server.listen(socket, resolve);
  });
  return { url: urlOf(server, socket), asked, [Symbol.asyncDispose]: () => stop(server) };
}

function urlOf(server: Server, socket: string | undefined): string {
  return socket ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line in this process and gives what it printed and its exit code. */
export async function runReeve(argv: readonly string[], world: Partial<Io> = {}): Promise<Ran> {
  const out: Buffer[] = [];
  const err: string[] = [];
  const io: Io = {
    out: (text) => void out.push(Buffer.from(text)),
    err: (text) => void err.push(text),
    env: {},
    cwd: process.cwd(),
    now: () => Date.UTC(2026, 10, 20, 12, 0, 0),
    wait: async () => false,
    columns: undefined,
    color: false,
    ask: undefined,
    ...world,
  };
  const code = await runCommandLine(argv, io, {
    version: "0.1.0",
    loadConfig: async (sources) => loadConfig(sources),
    openOffline: async () => undefined,
    examine: async () => [],
    google: async () => Promise.reject(new Error("Google is not asked")),
    runDaemon: async (config) => void out.push(Buffer.from(`running on ${config.store.directory}\n`)),
  });
  return { code, out: Buffer.concat(out).toString("utf8"), err: err.join("") };
}
