import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { Retry, UserError } from "../errors.ts";

/** How the daemon is reached: by URL with a token, by its local socket, or in the same process. */
export type Connection =
  | { readonly server: string; readonly token?: string; readonly ca?: string | Buffer }
  | { readonly socket: string; readonly token?: string }
  | { readonly inject: Inject; readonly token?: string };

export type Inject = (request: {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
}) => Promise<{ readonly status: number; readonly text: string }>;

export interface Client {
  /** Where it asks, for messages. */
  readonly where: string;
  readonly get: <T>(path: string, query?: Query) => Promise<T>;
  readonly post: <T>(path: string, body?: unknown, query?: Query) => Promise<T>;
}

/** What is undefined is left out; a list is given once for each of its words. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A client of the admin API. Whatever goes wrong is a `UserError`, or a `Retry` when the daemon asks for patience. */
export function createClient(connection: Connection): Client {
  const where = whereOf(connection);
  const send = senderOf(connection);
  async function ask<T>(method: string, path: string, query: Query, body?: unknown): Promise<T> {
    const { status, text } = await send(method, path + queryText(query), body).catch((error: unknown) => {
      throw unreachable(error, where);
    });
    if (status >= 200 && status < 300) return parse(text, where) as T;
    throw refusal(status, text, where);
  }
  return {
    where,
    get: (path, query = {}) => ask("GET", path, query),
    post: (path, body, query = {}) => ask("POST", path, query, body ?? {}),
  };
}

type Send = (method: string, path: string, body: unknown) => Promise<{ status: number; text: string }>;

function senderOf(connection: Connection): Send {
  const { token } = connection;
  if ("inject" in connection) {
    return (method, path, body) =>
      connection.inject({
        method,
        path,
        ...(body === undefined ? {} : { body }),
        ...(token === undefined ? {} : { token }),
      });
  }
  if ("socket" in connection)
    return (...asked) => overHttp({ socketPath: connection.socket }, token, ...asked);
  const url = serverUrl(connection.server);
  if (url.protocol === "http:" && token !== undefined && !/^(localhost|127\.|\[::1\])/.test(url.hostname)) {
    throw new UserError("server", `a token is not sent over plain http to ${url.host}`, {
      hint: "Use https.",
    });
  }
  const target = {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    prefix: url.pathname.replace(/\/$/, ""),
    ...(connection.ca === undefined ? {} : { ca: connection.ca }),
  };
  return (method, path, body) => overHttp(target, token, method, target.prefix + path, body);
}

function overHttp(
  target: { readonly protocol?: string; readonly socketPath?: string },
  token: string | undefined,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
  const headers = {
    accept: "application/json",
    host: "reeve",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(payload === undefined
      ? {}
      : { "content-type": "application/json", "content-length": payload.length }),
  };
  const send = target.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const asking = send({ ...target, method, path, headers, agent: false, timeout: 120_000 }, (reply) =>
      collect(reply).then((text) => resolve({ status: reply.statusCode ?? 0, text }), reject),
    );
    asking.on("timeout", () => asking.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    asking.on("error", reject);
    asking.end(payload);
  });
}

async function collect(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function whereOf(connection: Connection): string {
  if ("inject" in connection) return "this process";
  return "socket" in connection ? connection.socket : serverUrl(connection.server).origin;
}

function serverUrl(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new UserError("server", "the server is not a URL such as https://reeve.example:8081", {
      hint: "Give the token with --token-file or REEVE_TOKEN.",
    });
  }
  return url;
}

function queryText(query: Query): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) if (one !== undefined) given.append(name, String(one));
  return given.size === 0 ? "" : `?${given}`;
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UserError("server", `${where} did not answer in JSON: is it a reeve daemon?`);
  }
}

function unreachable(error: unknown, where: string): Error {
  // What answers inside this process says for itself why it does not.
  if (error instanceof UserError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
  if (code === "ENOENT" || code === "ECONNREFUSED") {
    return new UserError("not-running", `no reeve daemon answers at ${where}`, {
      hint: 'Start one with "reeve run", or name another with --server.',
    });
  }
  if (code === "EACCES" || code === "EPERM") {
    return new UserError("socket-access", `you may not open ${where}`, {
      hint: "The socket belongs to the user who runs the daemon. Use a token with --server instead.",
    });
  }
  if (/CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(code)) {
    return new UserError("server-certificate", `the certificate of ${where} is not trusted: ${code}`);
  }
  return new Retry("server-unreachable", `${where} cannot be reached: ${code}`);
}

interface ErrorBody {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly hint?: unknown;
  readonly id?: unknown;
}

function refusal(status: number, text: string, where: string): Error {
  const body = errorBody(text);
  const code = typeof body.code === "string" ? body.code : `http-${status}`;
  const message = typeof body.message === "string" ? body.message : `${where} answered ${status}`;
  if (status === 401) {
    return new UserError("unauthorised", `${where} does not accept you: ${message}`, {
      hint: "Give a token with --token-file or REEVE_TOKEN.",
    });
  }
  if (status === 503) return new Retry(code, message);
  const id = typeof body.id === "string" ? ` Its id in the daemon's log is ${body.id}.` : "";
  const hint = typeof body.hint === "string" ? { hint: body.hint } : {};
  return new UserError(code, `${message}${id}`, hint);
}

function errorBody(text: string): ErrorBody {
  try {
    const { error } = JSON.parse(text) as { error?: ErrorBody };
    return error ?? {};
  } catch {
    return {};
  }
}
