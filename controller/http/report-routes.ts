import { viewReport } from "../loop/view-report.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, text } from "./admin-ports.ts";
import { jsonLines, jsonLinesType } from "./streamed-reply.ts";

/** Registers the evidence of compliance. */
export function registerReport(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/report",
    role: "viewer",
    summary:
      "Evidence of compliance as it stands now: one line with the head, one for each managed device, and one with what they add up to.",
    query: {
      group: text,
      days: { type: "integer", minimum: 1, maximum: 400, default: 30, description: "Acts of so many days." },
    },
    contentType: jsonLinesType,
    reply: {
      type: "object",
      description: "A line has one of these.",
      properties: { head: { type: "object" }, device: { type: "object" }, totals: { type: "object" } },
    },
    handle: ({ query }) => {
      const { group, days } = query as { readonly group?: string; readonly days: number };
      return jsonLines(viewReport(looking, group === undefined ? { days } : { group, days }));
    },
  });
}
