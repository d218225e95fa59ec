import { createInterface } from "node:readline";
import { Retry, UserError } from "../errors.ts";
import { type Connection, collect, openReply, overHttp, serverUrl, targetOf } from "./transport.ts";

export interface Client {
  /** Where it asks, for messages. */
  readonly where: string;
  readonly get: <T>(path: string, query?: Query) => Promise<T>;
  readonly post: <T>(path: string, body?: unknown, query?: Query) => Promise<T>;
  /** An answer of many lines, each a JSON object, as they come. An error on the way is thrown as for any answer. */
  readonly lines: (path: string, query?: Query, body?: object) => AsyncGenerator<object>;
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
    lines: (path, query = {}, body) => linesOf(connection, path + queryText(query), body, send, where),
  };
}

async function* linesOf(
  connection: Connection,
  path: string,
  body: object | undefined,
  send: Send,
  where: string,
): AsyncGenerator<object> {
  const method = body === undefined ? "GET" : "POST";
  const trouble = (error: unknown): never => {
    throw unreachable(error, where);
  };
  if ("inject" in connection) {
    const { status, text } = await send(method, path, body).catch(trouble);
    if (status !== 200) throw refusal(status, text, where);
    for (const line of text.split("\n")) if (line !== "") yield lineOf(line, where);
    return;
  }
  const reply = await openReply(targetOf(connection), connection.token, method, path, body).catch(trouble);
  if (reply.statusCode !== 200) throw refusal(reply.statusCode ?? 0, await collect(reply), where);
  const lines = createInterface({ input: reply, crlfDelay: Number.POSITIVE_INFINITY });
  let broken: unknown;
  reply.on("error", (error) => {
    broken = error;
    lines.close();
  });
  for await (const line of lines) if (line !== "") yield lineOf(line, where);
  if (broken !== undefined || !reply.complete)
    trouble(broken ?? Object.assign(new Error(), { code: "ECONNRESET" }));
}

function lineOf(line: string, where: string): object {
  const one = parse(line, where) as object;
  if (!("error" in one)) return one;
  throw refusal(500, line, where);
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
  const target = targetOf(connection);
  return (method, path, body) => overHttp(target, token, method, path, body);
}

function whereOf(connection: Connection): string {
  if ("inject" in connection) return "this process";
  return "socket" in connection ? connection.socket : serverUrl(connection.server).origin;
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
