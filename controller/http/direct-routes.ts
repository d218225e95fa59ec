import { parseDuration } from "../core/duration.ts";
import { UserError } from "../errors.ts";
import { deleteDirectly } from "../loop/delete-device.ts";
import { actDirectly } from "../loop/direct-act.ts";
import type { AdminPlane, AdminRequest } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

const longestMs = 30 * 86_400_000;
const expiry: Schema = {
  type: "string",
  maxLength: 20,
  default: "1d",
  description: "A duration; 30d at most.",
};
const once: Schema = {
  type: "string",
  pattern: "^[0-9a-f]{16,64}$",
  description: "Random; a request that is repeated with the same key is the same act.",
};

/** Registers acts on one device, asked for by a person and not by a manifest. */
export function registerDirectActs(plane: AdminPlane, ports: AdminPorts): void {
  registerDeletion(plane, ports);
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
        expires: expiry,
        delivery: {
          enum: ["once", "untilAcknowledged"],
          default: "once",
          description:
            "untilAcknowledged: what is not answered goes again in this enrollment, at most 7 days.",
        },
        key: once,
      },
    },
    reply,
    handle: async (request) => {
      const { act, reason, expires, delivery, key } = request.body as Body;
      const wish = { act, reason, expiresInMs: readExpiry(expires), delivery, key };
      // The socket does not say who somebody is.
      const by = { ...personOf(request), unknown: isUnknown(request) };
      const view = await actDirectly(ports.looking, request.params.ref ?? "", wish, by);
      ports.nudge();
      return view;
    },
  });
}

/** Registers the deletion of a device's record. */
function registerDeletion(plane: AdminPlane, ports: AdminPorts): void {
  plane.route({
    method: "POST",
    path: "/v1/devices/:ref/delete",
    role: "operator",
    summary:
      "Deletes the record of a device that is not managed; of a managed one files the act that ends its management first.",
    params: { ref: text },
    body: {
      type: "object",
      additionalProperties: false,
      required: ["reason", "key"],
      properties: {
        reason: text,
        expires: expiry,
        evenIfLost: { type: "boolean", default: false, description: "Although it is in Lost Mode." },
        evenIfRetired: {
          type: "boolean",
          default: false,
          description: "Although it is retired: it may enroll again then.",
        },
        key: once,
      },
    },
    reply: { oneOf: [reply, deleted] },
    handle: async (request) => {
      const { expires, ...wish } = request.body as DeletionBody;
      const by = { ...personOf(request), unknown: isUnknown(request) };
      const whole = { ...wish, expiresInMs: readExpiry(expires) };
      const view = await deleteDirectly(ports.looking, request.params.ref ?? "", whole, by);
      ports.nudge();
      return view;
    },
  });
}

function readExpiry(expires = "1d"): number {
  const expiresInMs = parseDuration(expires) ?? 0;
  if (expiresInMs <= 0 || expiresInMs > longestMs)
    throw new UserError("expires", `expires: ${expires} is no duration between 1s and 30d`);
  return expiresInMs;
}

function isUnknown({ identity }: AdminRequest): boolean {
  return identity.type !== "person" || identity.via === "socket";
}

interface Body {
  readonly act: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly expires?: string;
  readonly delivery: "once" | "untilAcknowledged";
  readonly key: string;
}

interface DeletionBody extends Pick<Body, "reason" | "expires" | "key"> {
  readonly evenIfLost: boolean;
  readonly evenIfRetired: boolean;
}

const deleted: Schema = {
  type: "object",
  additionalProperties: false,
  required: ["status", "device"],
  properties: { status: { const: "deleted" }, device: { type: "string" } },
};

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
