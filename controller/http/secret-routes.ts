import { type KeptKind, keptKinds } from "../core/report.ts";
import { takeSecret, viewSecrets } from "../loop/view-secrets.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

const entry = (more: Readonly<Record<string, Schema>>): Schema => ({
  type: "object",
  required: ["at", "status"],
  properties: {
    at: { type: "integer", description: "Milliseconds since 1970." },
    status: { type: "string", description: "What became of the command that set it, or `reported`." },
    ...more,
  },
});

/** Registers what is kept of devices: that it is, and, for a reason that is written down, what it is. */
export function registerSecrets(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/devices/:ref/secrets",
    role: "viewer",
    summary: "Which PINs, passwords, keys and codes of a device are kept, without any of them.",
    params: { ref: text },
    reply: {
      type: "object",
      required: ["device", "name", "secrets"],
      properties: {
        device: { type: "string" },
        name: { type: "string" },
        secrets: {
          type: "array",
          items: entry({
            kind: { enum: keptKinds },
            epoch: { type: "integer" },
            present: { type: "boolean" },
          }),
        },
      },
    },
    handle: ({ params }) => viewSecrets(looking, params.ref ?? ""),
  });
  plane.route({
    method: "POST",
    path: "/v1/devices/:ref/secrets/:kind/take",
    role: "operator",
    summary: "One of them in clear, the newest first. Leaves an event with the person and the reason.",
    params: { ref: text, kind: { enum: keptKinds.filter((kind) => kind !== "location") } },
    body: { type: "object", additionalProperties: false, required: ["reason"], properties: { reason: text } },
    reply: {
      type: "object",
      required: ["device", "name", "kind", "values"],
      properties: {
        device: { type: "string" },
        name: { type: "string" },
        kind: { enum: keptKinds },
        values: {
          type: "array",
          items: entry({ value: { type: "string" }, encoding: { enum: ["text", "base64"] } }),
        },
      },
    },
    handle: (request) => {
      const { ref = "", kind } = request.params;
      const { reason } = request.body as { reason: string };
      return takeSecret(looking, ref, kind as KeptKind, reason, personOf(request));
    },
  });
}
