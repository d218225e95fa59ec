import { forget, takeQuarantined, viewQuarantine, viewQuarantined } from "../loop/view-quarantine.ts";
import type { AdminPlane, AdminRequest } from "./admin-plane.ts";
import { type AdminPorts, limit, personOf, text } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

const number: Schema = { type: "integer", minimum: 1 };
const entry: Schema = {
  type: "object",
  required: ["id", "at", "source", "reason", "size"],
  properties: {
    id: number,
    at: { type: "integer", description: "Milliseconds since 1970." },
    source: { type: "string" },
    device: { type: "string" },
    name: { type: "string" },
    reason: { type: "string" },
    size: { type: "integer" },
  },
};

/** Registers what could not be read: the list, one message, its bytes, and forgetting. */
export function registerQuarantine(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/quarantine",
    role: "viewer",
    summary: "Messages of devices that nobody could read, the newest first, without their contents.",
    query: { source: text, before: number, limit },
    reply: {
      type: "object",
      required: ["messages"],
      properties: { messages: { type: "array", items: entry } },
    },
    handle: ({ query }) =>
      viewQuarantine(looking, query as unknown as { source?: string; before?: number; limit: number }),
  });
  plane.route({
    method: "GET",
    path: "/v1/quarantine/:id",
    role: "viewer",
    summary: "One of them as text, without what looks like a secret.",
    params: { id: { type: "string", pattern: "^[1-9]\\d{0,14}$" } },
    reply: {
      ...entry,
      properties: { ...(entry.properties as object), kept: { type: "integer" }, text: { type: "string" } },
    },
    handle: (request) => viewQuarantined(looking, idOf(request)),
  });
  plane.route({
    method: "POST",
    path: "/v1/quarantine/:id/take",
    role: "operator",
    summary: "Its bytes as they came, in base64, with every secret in them. Leaves an event.",
    params: { id: { type: "string", pattern: "^[1-9]\\d{0,14}$" } },
    body: { type: "object", additionalProperties: false, properties: {} },
    reply: { type: "object", required: ["raw"], properties: { raw: { type: "string" } } },
    handle: async (request) => {
      const raw = await takeQuarantined(looking, idOf(request), personOf(request));
      return { raw: raw.toString("base64") };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/quarantine/forget",
    role: "operator",
    summary: "Deletes messages by number, or all of them. Leaves an event.",
    body: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
      properties: {
        ids: { type: "array", items: number, minItems: 1, maxItems: 1_000 },
        all: { const: true },
      },
    },
    reply: { type: "object", required: ["forgotten"], properties: { forgotten: { type: "integer" } } },
    handle: (request) => {
      const { ids } = request.body as { ids?: readonly number[] };
      return forget(looking, ids ?? "all", personOf(request));
    },
  });
}

function idOf({ params }: AdminRequest): number {
  return Number(params.id);
}
