import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isLoopback } from "../core/loopback.ts";
import { UserError } from "../errors.ts";

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

/** What a request goes to. */
export interface Target {
  readonly protocol?: string;
  readonly hostname?: string;
  readonly port?: string;
  readonly ca?: string | Buffer;
  readonly socketPath?: string;
  readonly prefix?: string;
}

/** Where requests go. Throws UserError for what is no URL, and before a token would go over plain http. */
export function targetOf(connection: Exclude<Connection, { readonly inject: Inject }>): Target {
  if ("socket" in connection) return { socketPath: connection.socket };
  const { token } = connection;
  const url = serverUrl(connection.server);
  if (url.protocol === "http:" && token !== undefined && !isLoopback(url.hostname)) {
    throw new UserError("server", `a token is not sent over plain http to ${url.host}`, {
      hint: "Use https.",
    });
  }
  return {
    protocol: url.protocol,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port,
    prefix: url.pathname.replace(/\/$/, ""),
    ...(connection.ca === undefined ? {} : { ca: connection.ca }),
  };
}

/** The whole answer to a request. */
export async function overHttp(
  target: Target,
  token: string | undefined,
  method: string,
  path: string,
  body: unknown,
): Promise<{ status: number; text: string }> {
  const reply = await openReply(target, token, method, path, body);
  return { status: reply.statusCode ?? 0, text: await collect(reply) };
}

/** The answer with its head; its body is still to be read. */
export function openReply(
  { prefix = "", ...target }: Target,
  token: string | undefined,
  method: string,
  path: string,
  body: unknown,
): Promise<IncomingMessage> {
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
    const options = { ...target, method, path: prefix + path, headers, agent: false, timeout: 120_000 };
    const asking = send(options, resolve);
    asking.on("timeout", () => asking.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })));
    asking.on("error", reject);
    asking.end(payload);
  });
}

/** What is left of an answer, as text. */
export async function collect(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of reply) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** The address of a daemon. Throws UserError for anything else. */
export function serverUrl(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new UserError("server", "the server is not a URL such as https://reeve.example:8081", {
      hint: "Give the token with --token-file or REEVE_TOKEN.",
    });
  }
  return url;
}
