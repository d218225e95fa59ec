import type { PublishedHead } from "../core/check-chain.ts";
import { type ExportWish, exportEvents } from "../loop/export-events.ts";
import { verifyEvents } from "../loop/verify-events.ts";
import { type SealHead, sealHead } from "../store/event-seals.ts";
import type { AdminPlane } from "./admin-plane.ts";
import type { AdminPorts } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";
import { jsonLines, jsonLinesType } from "./streamed-reply.ts";

const hash: Schema = { type: "string", pattern: "^[0-9a-f]{64}$" };
const count: Schema = { type: "integer", minimum: 0 };
const n: Schema = { type: "integer", minimum: 1 };

/** The newest seal, as it is shown; without any seal there is nothing to publish. */
export interface HeadView {
  readonly head?: SealHead;
}

/** Registers what proves that the history is as it was written. */
export function registerSeals(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/events/head",
    role: "viewer",
    summary: "The newest seal of the history: keep it elsewhere, and verify against it later.",
    reply: {
      type: "object",
      properties: {
        head: {
          type: "object",
          required: ["n", "hash", "at", "waiting"],
          properties: { n, hash, at: { type: "integer" }, waiting: { type: "integer" } },
        },
      },
    },
    handle: async (): Promise<HeadView> => {
      const head = await sealHead(looking.store);
      return head === undefined ? {} : { head };
    },
  });
  plane.route({
    method: "GET",
    path: "/v1/events/export",
    role: "viewer",
    summary:
      "All events after a number, the oldest first, each with what led to it and the number of its seal.",
    query: { after: count, since: count, until: count },
    contentType: jsonLinesType,
    reply: {
      type: "object",
      required: ["id", "at", "type", "message"],
      properties: { id: { type: "string" }, at: { type: "integer" }, type: { type: "string" } },
    },
    handle: ({ query }) => jsonLines(exportEvents(looking.store, query as ExportWish)),
  });
  plane.route({
    method: "POST",
    path: "/v1/events/verify",
    role: "viewer",
    summary:
      "Checks the whole history against its seals, and against heads that were published. How far it is, line by line; the last line is what was found.",
    bodyLimit: 2 * 1024 * 1024,
    body: {
      type: "object",
      additionalProperties: false,
      properties: {
        heads: {
          type: "array",
          maxItems: 10_000,
          items: { type: "object", required: ["hash"], additionalProperties: false, properties: { n, hash } },
        },
      },
    },
    contentType: jsonLinesType,
    handle: ({ body }) => {
      const { heads = [] } = (body ?? {}) as { readonly heads?: readonly PublishedHead[] };
      return jsonLines(verifyEvents(looking.store, looking.clock(), heads));
    },
  });
}
