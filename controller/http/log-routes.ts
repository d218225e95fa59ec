import { deviceNamed, type Looking } from "../loop/view-devices.ts";
import { viewEvents, viewOperations } from "../loop/view-logs.ts";
import { tableOf } from "../loop/view-status.ts";
import { countCommands } from "../store/commands.ts";
import type { EventFilter } from "../store/events.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, limit, text } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

const moment: Schema = { type: "integer", minimum: 0, description: "Milliseconds since 1970." };
const sequence: Schema = { type: "integer", minimum: 0 };
const eventsReply: Schema = {
  type: "object",
  required: ["events", "hidden"],
  properties: {
    events: {
      type: "array",
      items: {
        type: "object",
        required: ["id", "at", "type", "message"],
        properties: {
          ...Object.fromEntries(
            ["id", "type", "device", "name", "subject", "message", "by", "revision"].map((name) => [
              name,
              { type: "string" },
            ]),
          ),
          at: moment,
        },
      },
    },
    hidden: {
      type: "integer",
      description: "Routine events left out between these; at most 10,000 are counted.",
    },
  },
};

const operationsReply: Schema = {
  type: "object",
  required: ["operations"],
  properties: {
    operations: {
      type: "array",
      items: {
        type: "object",
        required: [
          "id",
          "at",
          "device",
          "name",
          "type",
          "subject",
          "direction",
          "status",
          "attempt",
          "information",
        ],
        properties: {
          ...Object.fromEntries(["id", "type", "subject"].map((name) => [name, { type: "string" }])),
          device: { type: "string", description: "Empty where it is about several, or none." },
          name: { type: "string", description: "What people call the device, or how many they are." },
          at: moment,
          direction: { enum: ["->", "<-"] },
          status: {
            type: "string",
            description:
              "Of a command, or `refused`: an act that nothing was sent of, for the device or for all.",
          },
          attempt: { type: "integer", minimum: 0, description: "0: nothing was sent." },
          information: { type: "string" },
          advice: { type: "string", description: "What can be done about it." },
        },
      },
    },
  },
};

/** Registers what was: commands and events. */
export function registerLogs(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/operations",
    role: "viewer",
    summary: "Commands that were sent, and acts that were refused, the newest first.",
    query: { device: text, type: text, status: text, before: { type: "integer" }, limit },
    reply: operationsReply,
    handle: async ({ query }) => {
      const { type, status, before, limit: most } = query as unknown as LogQuery;
      const device = await idOf(looking, query.device as string | undefined);
      const filter = {
        ...(device === undefined ? {} : { device }),
        ...(type === undefined ? {} : { requestType: type }),
        ...(status === undefined ? {} : { status: [status] }),
        ...(before === undefined ? {} : { before }),
      };
      return { operations: await viewOperations(looking, { ...filter, limit: most }) };
    },
  });
  plane.route({
    method: "GET",
    path: "/v1/operations/summary",
    role: "viewer",
    summary: "Commands counted by type and status.",
    handle: async () => ({ commands: tableOf(await countCommands(looking.store, 0)) }),
  });
  plane.route({
    method: "GET",
    path: "/v1/events",
    role: "viewer",
    summary:
      "What happened, the newest first; with after the oldest first. What is routine only when it is asked for.",
    query: {
      device: text,
      type: { anyOf: [text, { type: "array", items: text, maxItems: 20 }] },
      subject: text,
      since: moment,
      until: moment,
      after: sequence,
      before: sequence,
      routine: { type: "boolean", default: false },
      limit,
    },
    reply: eventsReply,
    handle: async ({ query }) => {
      const { device: word, type, routine, ...rest } = query as unknown as EventQuery;
      const device = await idOf(looking, word);
      const filter = {
        ...rest,
        ...(device === undefined ? {} : { device }),
        ...(type === undefined ? {} : { types: [type].flat() }),
      };
      // Whoever names types means them, and whoever asks for all gets all.
      return viewEvents(looking, { ...filter, notable: !routine && type === undefined });
    },
  });
}

/** The query for events, after its schema has accepted it. */
interface EventQuery extends Omit<EventFilter, "types" | "notable"> {
  readonly type?: string | readonly string[];
  readonly routine: boolean;
}

/** The query of the log of commands, after its schema has accepted it. */
interface LogQuery {
  readonly type?: string;
  readonly status?: string;
  readonly before?: number;
  readonly limit: number;
}

async function idOf(looking: Looking, word: string | undefined): Promise<string | undefined> {
  if (word === undefined) return undefined;
  // What is told of a device outlives its record.
  return /^d-[0-9a-f]{16}$/.test(word) ? word : (await deviceNamed(looking.store, word)).id;
}
