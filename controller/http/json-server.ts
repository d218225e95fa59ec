import { randomUUID } from "node:crypto";
import { Ajv2020 } from "ajv/dist/2020.js";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { failureOf } from "./failure.ts";
import { plainAddress } from "./proxies.ts";
import type { RequestEntry } from "./request.ts";

/** A fastify that speaks JSON only, drops nothing that a schema does not know, and tells errors as `failureOf` does. */
export function jsonServer(bodyLimit: number): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit,
    exposeHeadRoutes: false,
    genReqId: () => randomUUID(),
    frameworkErrors: (error, _request, reply) => {
      void sendFailure(reply as FastifyReply, error, "");
    },
  });
  const strict = new Ajv2020({ allErrors: true, strict: false });
  const converting = new Ajv2020({ allErrors: true, strict: false, coerceTypes: true, useDefaults: true });
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === "body" ? strict : converting).compile(schema as object),
  );
  app.setNotFoundHandler((request, reply) => {
    const message = `there is no ${request.method} ${request.url.split("?")[0]?.slice(0, 100)}`;
    return reply.code(404).send({ error: { code: "not-found", message } });
  });
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error);
    remember(request, failure.isBug ? { error } : { refused: failure.code });
    return sendFailure(reply, error, request.id);
  });
  return app;
}

/** Text too is JSON here; a bigint or a function in an answer is a bug. */
export function sendJson(reply: FastifyReply, result: unknown): FastifyReply {
  return reply.header("content-type", "application/json; charset=utf-8").send(JSON.stringify(result ?? null));
}

/** What the request's entry says about it when it is over. */
export function remember(request: FastifyRequest, what: Told): void {
  told.set(request, what);
}

interface Told {
  readonly refused?: string;
  readonly error?: unknown;
}

const told = new WeakMap<FastifyRequest, Told>();

/** Tells of each request when it is over, and lets no answer be kept or guessed at. */
export function watch(app: FastifyInstance, onRequest: ((entry: RequestEntry) => void) | undefined): void {
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
  });
  app.addHook("onResponse", async (request, reply) => {
    onRequest?.({
      plane: "admin",
      id: request.id,
      method: request.method,
      route: request.routeOptions.url ?? "unknown",
      status: reply.statusCode,
      durationMs: reply.elapsedTime,
      bytes: Number(request.headers["content-length"] ?? 0) || 0,
      address: plainAddress(request.raw.socket.remoteAddress),
      ...told.get(request),
    });
  });
}

function sendFailure(reply: FastifyReply, error: unknown, id: string): FastifyReply {
  const { status, code, message, hint, retryAfter, isBug } = failureOf(error);
  if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
  const invalid =
    error instanceof Error && "validation" in error && status === 400 ? error.message : undefined;
  return reply.code(status).send({
    error: {
      code: invalid === undefined ? code : "invalid-request",
      message: invalid ?? message,
      ...(hint === undefined || hint === "" ? {} : { hint }),
      ...(isBug ? { id } : {}),
    },
  });
}
