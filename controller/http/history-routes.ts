import { viewHistory, viewRevisionEntry } from "../loop/view-history.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, limit } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

const names: Schema = { type: "array", items: { type: "string" } };
const entry: Schema = {
  type: "object",
  required: ["revision", "message", "author", "at", "status", "diagnostics"],
  properties: {
    revision: { type: "string" },
    message: { type: "string" },
    author: { type: "string" },
    at: { type: "integer" },
    status: { enum: ["in-force", "superseded", "refused"] },
    diagnostics: { type: "array", items: { type: "object" } },
    changes: {
      type: "object",
      description: "Against the revision before it.",
      properties: { added: names, changed: names, removed: names, told: { type: "integer" } },
    },
  },
};

/** Registers what each revision changed. */
export function registerHistory(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/revisions",
    role: "viewer",
    summary: "Revisions that came into force, with what each changed, or were refused; the newest first.",
    query: { limit },
    reply: { type: "object", properties: { revisions: { type: "array", items: entry } } },
    handle: async ({ query }) => ({ revisions: await viewHistory(looking.store, query.limit as number) }),
  });
  plane.route({
    method: "GET",
    path: "/v1/revisions/:revision",
    role: "viewer",
    summary: "One revision, by the beginning of its name.",
    params: { revision: { type: "string", minLength: 1, maxLength: 200 } },
    reply: entry,
    handle: ({ params }) => viewRevisionEntry(looking.store, params.revision ?? ""),
  });
}
