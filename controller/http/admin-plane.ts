import { randomUUID } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Access, type AdminPerson, createAccess, localOperator, permits, sameSecret } from "./access.ts";
import { jsonServer, remember, sendJson, watch } from "./json-server.ts";
import { type Address, isLocalSocket, type Listening, type ListenOptions, listen } from "./listener.ts";
import { openApiOf, type Schema } from "./openapi.ts";
import type { RequestEntry, RequestIdentity, Role, RouteInfo } from "./request.ts";
import { createStreams, isStreamed } from "./streamed-reply.ts";

/** What a handler of the admin plane is given; everything in it has passed the route's schemas. */
export interface AdminRequest {
  readonly id: string;
  readonly identity: RequestIdentity;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly signal: AbortSignal;
}

export interface AdminRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  /** Who may ask; there is no default. */
  readonly role: Role | "public";
  readonly summary: string;
  readonly params?: Readonly<Record<string, Schema>>;
  /** Numbers and booleans of a query are converted. Unknown names are refused. */
  readonly query?: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** For the document only. */
  readonly reply?: Schema;
  readonly bodyLimit?: number;
  /** The type of an answer that is no JSON object; for the document only. */
  readonly contentType?: string;
  /** The JSON of the answer; a `RawReply` or `StreamedReply` for another type. Errors as in `failureOf`. */
  readonly handle: (request: AdminRequest) => Promise<unknown> | unknown;
}

/** An answer that is not JSON. */
export interface RawReply {
  readonly [rawMark]: true;
  readonly contentType: string;
  readonly text: string;
  readonly status: number;
}

const rawMark = Symbol("raw reply");

/** An answer with a content type of its own. */
export function rawReply(contentType: string, text: string, status = 200): RawReply {
  return { [rawMark]: true, contentType, text, status };
}

export interface AdminPlaneOptions {
  readonly persons: readonly AdminPerson[];
  readonly version: string;
  /** The text of `/metrics`. */
  readonly metrics: () => Promise<RawReply>;
  /** Reasons why the process is stuck and should be restarted; never asks the database. */
  readonly live: () => readonly string[];
  /** Reasons why it should get no traffic for now. */
  readonly ready: () => Promise<readonly string[]>;
  readonly bodyLimit?: number;
  readonly onRequest?: (entry: RequestEntry) => void;
}

export interface InjectedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly token?: string;
}

export interface AdminPlane {
  readonly route: (route: AdminRoute) => void;
  readonly listRoutes: () => readonly RouteInfo[];
  readonly openApi: () => Schema;
  /** A request of this process, which counts as one over the local socket. */
  readonly inject: (request: InjectedRequest) => Promise<{ readonly status: number; readonly text: string }>;
  readonly app: FastifyInstance;
  readonly listen: (addresses: readonly Address[], options?: ListenOptions) => Promise<Listening>;
}

/** The private JSON API, with its own document, health and metrics. A route without a role does not start. */
export function createAdminPlane(options: AdminPlaneOptions): AdminPlane {
  const access = createAccess(options.persons);
  const bodyLimit = options.bodyLimit ?? 4 * 1024 * 1024;
  const routes: AdminRoute[] = [];
  const localKey = randomUUID();
  const app = jsonServer(bodyLimit);
  const stream = createStreams();
  const who = (request: FastifyRequest) => identify(request, access, localKey);
  watch(app, options.onRequest);

  function route(added: AdminRoute): void {
    if (added.role === undefined) throw new Error(`route ${added.method} ${added.path} declares no role`);
    routes.push(added);
    app.route({
      method: added.method,
      url: added.path,
      bodyLimit: added.bodyLimit ?? bodyLimit,
      schema: schemaOf(added),
      // Before the body is read: strangers cannot make us parse.
      async onRequest(request, reply) {
        const refusal = refusalOf(who(request), added.role);
        if (refusal !== undefined) return refuse(request, reply, refusal);
      },
      async handler(request, reply) {
        const identity = who(request) ?? { type: "anonymous" };
        const result = await added.handle(adminRequest(request, identity));
        if (isStreamed(result)) return stream(reply, result, identity.type === "person" ? identity.name : "");
        return isRaw(result) ? raw(reply, result) : sendJson(reply, result);
      },
    });
  }

  const openApi = () => openApiOf(routes, options.version);
  for (const standard of standardRoutes(options, openApi)) route(standard);
  return {
    app,
    route,
    openApi,
    listRoutes: () =>
      routes.map(({ method, path, role, bodyLimit: limit }) => ({
        method,
        path,
        requires: role,
        bodyLimit: limit ?? bodyLimit,
      })),
    async inject({ method, path, body, token }) {
      const response = await app.inject({
        method: method as "GET",
        url: path,
        headers: {
          "x-reeve-local": localKey,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      return { status: response.statusCode, text: response.payload };
    },
    async listen(addresses, listenOptions) {
      await app.ready();
      return listen((request, response) => app.routing(request, response), addresses, listenOptions);
    },
  };
}

function standardRoutes(options: AdminPlaneOptions, openApi: () => Schema): readonly AdminRoute[] {
  const health = (reasons: readonly string[]) =>
    rawReply(
      "text/plain; charset=utf-8",
      `${[...reasons, ...(reasons.length ? [] : ["ok"])].join("\n")}\n`,
      reasons.length ? 503 : 200,
    );
  const get = { method: "GET", role: "public" } as const;
  return [
    { ...get, path: "/livez", summary: "Whether the process works", handle: () => health(options.live()) },
    {
      ...get,
      path: "/readyz",
      summary: "Whether it should get traffic",
      handle: async () => health(await options.ready()),
    },
    { ...get, path: "/metrics", summary: "Metrics for Prometheus", handle: () => options.metrics() },
    { ...get, path: "/openapi.json", summary: "This document", handle: openApi },
  ];
}

/** A token counts wherever it is presented; without one, the local socket is the operator. */
function identify(request: FastifyRequest, access: Access, localKey: string): RequestIdentity | undefined {
  const presented = access.identify(request.headers.authorization);
  if (presented?.type !== "anonymous") return presented;
  const isLocal = isLocalSocket(request.raw) || sameSecret(request.headers["x-reeve-local"], localKey);
  return isLocal ? localOperator : presented;
}

interface Refusal {
  readonly status: 401 | 403;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

function refusalOf(identity: RequestIdentity | undefined, required: Role | "public"): Refusal | undefined {
  if (required === "public") return undefined;
  if (identity === undefined)
    return { status: 401, code: "unauthorised", message: "this token is not known" };
  if (identity.type === "anonymous")
    return { status: 401, code: "unauthorised", message: "a token is needed" };
  if (permits(identity.role, required)) return undefined;
  const who = identity.via === "socket" ? "whoever uses the local socket" : identity.name;
  const message = `${who} has the role ${identity.role}; this needs ${required}`;
  return { status: 403, code: "forbidden", message, hint: hintFor(identity, required) };
}

function hintFor({ via }: { readonly via: "token" | "socket" }, required: Role): string {
  const token = `Use the token of a person with the role ${required}`;
  return via === "socket"
    ? `${token} (--token-file). If there is none yet, give a person one in the configuration and restart the daemon.`
    : `${token}.`;
}

async function refuse(request: FastifyRequest, reply: FastifyReply, { status, ...error }: Refusal) {
  remember(request, { refused: error.code });
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="reeve"');
  return reply.code(status).send({ error });
}

function schemaOf({ params, query, body }: AdminRoute) {
  const names = Object.keys(params ?? {});
  return {
    querystring: { type: "object", properties: query ?? {}, additionalProperties: false },
    ...(params === undefined ? {} : { params: { type: "object", properties: params, required: names } }),
    ...(body === undefined ? {} : { body }),
  };
}

function adminRequest(request: FastifyRequest, identity: RequestIdentity): AdminRequest {
  return {
    id: request.id,
    identity,
    params: request.params as Record<string, string>,
    query: request.query as Record<string, unknown>,
    body: request.body,
    signal: request.signal,
  };
}

function isRaw(result: unknown): result is RawReply {
  return typeof result === "object" && result !== null && rawMark in result;
}

function raw(reply: FastifyReply, { contentType, text, status }: RawReply): FastifyReply {
  return reply
    .code(status ?? 200)
    .header("content-type", contentType)
    .send(text);
}
