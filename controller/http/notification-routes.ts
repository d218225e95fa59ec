import { UserError } from "../errors.ts";
import type { NotifierPorts } from "../loop/notifier.ts";
import { testReceivers, viewReceivers } from "../loop/view-receivers.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

/** Registers who is told of what happens, and how that goes. */
export function registerNotifications(plane: AdminPlane, { notifier }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/notifications",
    role: "viewer",
    summary: "Who is told of what, and whether it arrives.",
    reply: listReply,
    handle: async () => ({ receivers: await viewReceivers(required(notifier)) }),
  });
  plane.route({
    method: "POST",
    path: "/v1/notifications/test",
    role: "operator",
    summary: "Sends a message that says it is a test, to one receiver or to all.",
    body: { type: "object", additionalProperties: false, properties: { name: text } },
    reply: testReply,
    handle: async (request) => {
      const { name } = (request.body ?? {}) as { readonly name?: string };
      const results = await testReceivers(required(notifier), name, personOf(request).name);
      if (results.length > 0) return { results };
      throw new UserError(
        "no-receiver",
        name === undefined ? "nobody is told of anything" : `no receiver is called ${name}`,
        {
          hint: "`reeve notifications` lists them; they are declared in Organization and in the configuration.",
        },
      );
    },
  });
}

function required(notifier: NotifierPorts | undefined): NotifierPorts {
  if (notifier !== undefined) return notifier;
  throw new UserError("no-daemon", "nobody is told of anything while no daemon runs");
}

const moment: Schema = { type: "integer", description: "Milliseconds since 1970." };

const listReply: Schema = {
  type: "object",
  required: ["receivers"],
  properties: {
    receivers: {
      type: "array",
      items: {
        type: "object",
        required: ["name", "on"],
        properties: {
          name: { type: "string" },
          on: { type: "array", items: { type: "string" } },
          sentAt: moment,
          failingSince: moment,
          failure: { type: "string" },
        },
      },
    },
  },
};

const testReply: Schema = {
  type: "object",
  required: ["results"],
  properties: {
    results: {
      type: "array",
      items: {
        type: "object",
        required: ["name", "ok"],
        properties: { name: { type: "string" }, ok: { type: "boolean" }, reason: { type: "string" } },
      },
    },
  },
};
