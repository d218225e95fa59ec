import { parseDuration } from "../core/duration.ts";
import { UserError } from "../errors.ts";
import { actDirectly } from "../loop/direct-act.ts";
import type { AdminPlane, AdminRequest } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

const longestMs = 30 * 86_400_000;

/** Registers acts on one device, asked for by a person and not by a manifest. */
export function registerDirectActs(plane: AdminPlane, ports: AdminPorts): void {
  plane.route({
    method: "POST",
    path: "/v1/devices/:ref/acts",
    role: "operator",
    summary: "Files an act on one device, as an Operation would: through the same holds and the same gate.",
    params: { ref: text },
    body: {
      type: "object",
      additionalProperties: false,
      required: ["act", "reason", "key"],
      properties: {
        act: {
          type: "object",
          minProperties: 1,
          maxProperties: 1,
          description: "As `spec.act` of an Operation: `{lock: {message: …}}`.",
        },
        reason: text,
        expires: { type: "string", maxLength: 20, default: "1d", description: "A duration; 30d at most." },
        delivery: {
          enum: ["once", "untilAcknowledged"],
          default: "once",
          description:
            "untilAcknowledged: what is not answered goes again in this enrollment, at most 7 days.",
        },
        key: {
          type: "string",
          pattern: "^[0-9a-f]{16,64}$",
          description: "Random; a request that is repeated with the same key is the same act.",
        },
      },
    },
    reply,
    handle: async (request) => {
      const { act, reason, expires, delivery, key } = request.body as Body;
      const expiresInMs = parseDuration(expires) ?? 0;
      if (expiresInMs <= 0 || expiresInMs > longestMs)
        throw new UserError("expires", `expires: ${expires} is no duration between 1s and 30d`);
      const wish = { act, reason, expiresInMs, delivery, key };
      // The socket does not say who somebody is.
      const by = { ...personOf(request), unknown: isUnknown(request) };
      const view = await actDirectly(ports.looking, request.params.ref ?? "", wish, by);
      ports.nudge();
      return view;
    },
  });
}

function isUnknown({ identity }: AdminRequest): boolean {
  return identity.type !== "person" || identity.via === "socket";
}

interface Body {
  readonly act: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly expires: string;
  readonly delivery: "once" | "untilAcknowledged";
  readonly key: string;
}

const reply: Schema = {
  type: "object",
  required: ["act", "device", "name", "verb", "status", "notes"],
  properties: {
    act: { type: "string" },
    device: { type: "string" },
    name: { type: "string" },
    verb: {
      type: "string",
      description: "What it does on this device; a personal one is never wiped whole.",
    },
    status: { enum: ["held", "ready", "filed"] },
    digest: { type: "string", description: "What an approval names." },
    notes: { type: "array", items: { type: "string" }, description: "What stands in the way." },
  },
};
