import type { CommandStatus } from "../core/ledger.ts";
import { deviceNamed, type Looking } from "../loop/view-devices.ts";
import { viewEvents, viewOperations } from "../loop/view-logs.ts";
import { tableOf, viewRevision } from "../loop/view-status.ts";
import { countCommands } from "../store/commands.ts";
import { listRevisions } from "../store/revisions.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, limit, text } from "./admin-ports.ts";

/** Registers what was: commands, events and revisions. */
export function registerLogs(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/operations",
    role: "viewer",
    summary: "Commands that were sent, the newest first.",
    query: { device: text, type: text, status: text, before: { type: "integer" }, limit },
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
    summary: "What happened, the newest first.",
    query: { device: text, type: text, before: { type: "integer" }, limit },
    handle: async ({ query }) => {
      const { type, before, limit: most } = query as unknown as LogQuery;
      const device = await idOf(looking, query.device as string | undefined);
      const filter = {
        ...(device === undefined ? {} : { device }),
        ...(type === undefined ? {} : { type }),
        ...(before === undefined ? {} : { before }),
      };
      return { events: await viewEvents(looking, { ...filter, limit: most }) };
    },
  });
  plane.route({
    method: "GET",
    path: "/v1/revisions",
    role: "viewer",
    summary: "Revisions that came into force or were refused, the newest first.",
    query: { limit },
    handle: async ({ query }) => {
      const rows = await listRevisions(looking.store, query.limit as number);
      const revisions = rows.map((row) => ({
        ...viewRevision(row),
        status: row.status,
        diagnostics: row.diagnostics,
      }));
      return { revisions };
    },
  });
}

/** The query of a log, after its schema has accepted it. */
interface LogQuery {
  readonly type?: string;
  readonly status?: CommandStatus;
  readonly before?: number;
  readonly limit: number;
}

async function idOf(looking: Looking, word: string | undefined): Promise<string | undefined> {
  if (word === undefined) return undefined;
  // What is told of a device outlives its record.
  return /^d-[0-9a-f]{16}$/.test(word) ? word : (await deviceNamed(looking.store, word)).id;
}
