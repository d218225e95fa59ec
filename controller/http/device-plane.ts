import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { failureOf } from "./failure.ts";
import { expectedBytes, smallBody } from "./large-body.ts";
import {
  type Address,
  isLocalSocket,
  type Listening,
  type ListenOptions,
  listen,
  peerCertificate,
} from "./listener.ts";
import { certificateOf, clientAddress, type Proxies, parseProxies, plainAddress } from "./proxies.ts";
import type { Authenticator, HttpReply, HttpRequest, Peer, RequestEntry, RouteInfo } from "./request.ts";

/** One of the few things a device may ask. The handler runs only with the identity that its authenticator found. */
export interface DeviceRoute<Identity> {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  readonly authenticator: Authenticator<Identity>;
  /** Bytes; the plane's limit when absent. */
  readonly bodyLimit?: number;
  /** It may answer 401: no device that is managed asks it. */
  readonly challenges?: true;
  readonly handle: (request: HttpRequest, identity: Identity) => Promise<HttpReply> | HttpReply;
}

export interface DevicePlaneOptions {
  /** Bytes of a body, 10 MiB when absent. */
  readonly bodyLimit?: number;
  readonly trustedProxies?: readonly string[];
  /** The header in which a trusted proxy passes the client's certificate. */
  readonly certificateHeader?: string | undefined;
  /** Requests at a time; more are answered 503 at once. */
  readonly maxInFlight?: number;
  /** Bytes that the large bodies of all requests may have together, 512 MiB when absent; more are answered 503. */
  readonly maxBuffered?: number;
  readonly onRequest?: (entry: RequestEntry) => void;
}

export interface DevicePlane {
  readonly route: <Identity>(route: DeviceRoute<Identity>) => void;
  readonly listRoutes: () => readonly RouteInfo[];
  /** The underlying instance, for `inject` in tests. */
  readonly app: FastifyInstance;
  readonly listen: (addresses: readonly Address[], options?: ListenOptions) => Promise<Listening>;
}

/**
 * The public listener: exact bytes in, exact bytes out, nothing but the registered routes.
 * Never 401, by which a device would remove its management (Apple, "Implementing device management").
 */
export function createDevicePlane(options: DevicePlaneOptions = {}): DevicePlane {
  const proxies = parseProxies(options.trustedProxies ?? []);
  const bodyLimit = options.bodyLimit ?? 10 * 1024 * 1024;
  const routes: RouteInfo[] = [];
  const app = bareServer(bodyLimit);
  watch(app, options, proxies);
  app.setNotFoundHandler((_request, reply) => reply.code(404).send());
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error);
    remember(request, failure.isBug ? { error } : { refused: failure.code });
    if (failure.retryAfter !== undefined) reply.header("retry-after", String(failure.retryAfter));
    return reply.code(harmless(failure.status)).send();
  });

  return {
    app,
    listRoutes: () => routes,
    route(route) {
      if (typeof route.authenticator?.authenticate !== "function") {
        throw new Error(`route ${route.method} ${route.path} declares no authenticator`);
      }
      const limit = route.bodyLimit ?? bodyLimit;
      const { method, path } = route;
      routes.push({ method, path, requires: route.authenticator.name, bodyLimit: limit });
      app.route({
        method,
        url: path,
        bodyLimit: limit,
        // Strangers cannot make us hold megabytes.
        async onRequest(request, reply) {
          const screen = route.authenticator.screen;
          if (screen === undefined || expectedBytes(request, limit) <= smallBody) return;
          const reason = screen(requestOf(request, peerOf(request, options, proxies)));
          if (reason === undefined) return;
          remember(request, { refused: reason });
          return reply.code(403).header("connection", "close").send();
        },
        async handler(request, reply) {
          const asked = requestOf(request, peerOf(request, options, proxies));
          const found = await route.authenticator.authenticate(asked);
          if (found.type === "identity")
            return answer(reply, await route.handle(asked, found.identity), route.challenges);
          remember(request, { refused: found.reason });
          return answer(reply, found.reply);
        },
      });
    },
    async listen(addresses, listenOptions) {
      await app.ready();
      return listen((request, response) => app.routing(request, response), addresses, listenOptions);
    },
  };
}

/** A fastify without a parser, a log or a default answer of its own. */
function bareServer(bodyLimit: number): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
    genReqId: () => crypto.randomUUID(),
    frameworkErrors: (_error, _request, reply) => {
      void (reply as FastifyReply).code(400).send();
    },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  return app;
}

interface Told {
  refused?: string;
  error?: unknown;
}

const told = new WeakMap<FastifyRequest, Told>();

function remember(request: FastifyRequest, what: Told): void {
  told.set(request, what);
}

function watch(app: FastifyInstance, options: DevicePlaneOptions, proxies: Proxies): void {
  let inFlight = 0;
  let buffered = 0;
  app.addHook("onRequest", async (request, reply) => {
    // Any body is taken as bytes, whatever its type is said to be and however badly that is written.
    if (request.headers["content-type"] !== undefined) {
      request.raw.headers["content-type"] = "application/octet-stream";
    }
    const expected = expectedBytes(request, request.routeOptions.bodyLimit ?? 0);
    const large = expected > smallBody ? expected : 0;
    inFlight += 1;
    buffered += large;
    let counted = true;
    // `finish` never comes when the device hangs up, `close` not for every kind of response: the first one counts.
    const over = () => {
      if (counted) {
        inFlight -= 1;
        buffered -= large;
      }
      counted = false;
    };
    reply.raw.once("finish", over).once("close", over);
    const tooMany = inFlight > (options.maxInFlight ?? 2_000);
    if (tooMany || buffered > (options.maxBuffered ?? 512 * 1024 * 1024)) {
      remember(request, { refused: "too-many-requests" });
      return reply.code(503).header("retry-after", "5").send();
    }
    // Before its body is read: nothing here wants it.
    if (request.is404)
      return reply
        .code(404)
        .header("connection", large > 0 ? "close" : "keep-alive")
        .send();
  });
  app.addHook("onResponse", async (request, reply) => {
    options.onRequest?.({
      plane: "device",
      id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      bytes: Buffer.isBuffer(request.body) ? request.body.length : 0,
      address: addressOf(request, proxies),
      ...told.get(request),
    });
  });
}

function peerOf(request: FastifyRequest, options: DevicePlaneOptions, proxies: Proxies): Peer {
  const address = addressOf(request, proxies);
  const fromProxy = proxies.trusts(plainAddress(request.raw.socket.remoteAddress));
  const viaProxy = fromProxy && options.certificateHeader !== undefined;
  // Behind a proxy the certificate of the connection is the proxy's own.
  const certificate = viaProxy
    ? certificateOf(single(request, options.certificateHeader ?? ""))
    : peerCertificate(request.raw);
  const local = isLocalSocket(request.raw);
  if (certificate === undefined) return { address, local };
  return { address, local, certificate, certificateFrom: viaProxy ? "header" : "tls" };
}

function addressOf(request: FastifyRequest, proxies: Proxies): string {
  const direct = plainAddress(request.raw.socket.remoteAddress);
  return clientAddress(direct, single(request, "x-forwarded-for"), proxies);
}

/** The request as data; headers are read from the wire, so that a repeated one is never joined or chosen from. */
export function requestOf(request: FastifyRequest, peer: Peer): HttpRequest {
  const [path = "", ...rest] = (request.raw.url ?? "").split("?");
  return {
    id: request.id,
    method: request.method,
    path,
    params: request.params as Record<string, string>,
    query: singles(request.query),
    rawQuery: rest.join("?"),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    header: (name) => single(request, name),
    peer,
  };
}

function single(request: FastifyRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const { rawHeaders } = request.raw;
  const found: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === wanted) found.push(rawHeaders[index + 1] ?? "");
  }
  return found.length === 1 ? found[0] : undefined;
}

function singles(query: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(query as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function answer(reply: FastifyReply, { status, headers, body }: HttpReply, challenges = false): FastifyReply {
  if (status === 401 && !challenges) throw new Error("a handler of the device plane answered 401");
  for (const [name, value] of Object.entries(headers ?? {})) reply.header(name, value);
  reply.code(status);
  if (body === undefined || body.length === 0) return reply.header("content-length", "0").send();
  return reply.send(
    typeof body === "string" ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  );
}

function harmless(status: number): number {
  return status === 401 ? 403 : status;
}
