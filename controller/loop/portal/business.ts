import {
  type Activity,
  beginActivity,
  listManagementServers,
  type ManagementServer,
} from "../../apple/portal/business-api.ts";
import type { BusinessSession } from "../../apple/portal/business-session.ts";
import type { Clock } from "../../core/ports.ts";
import { describe, UserError } from "../../errors.ts";
import { appendEvents } from "../../store/events.ts";
import type { Store } from "../../store/open.ts";
import { noteActivity } from "../../store/portal-activities.ts";
import type { PortalList } from "./portal-list.ts";

export interface BusinessPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly session: BusinessSession;
  /** The organization's devices as they were read last. */
  readonly list: PortalList;
  /** Why nothing may be asked of Apple now. */
  readonly halted: () => string | undefined;
}

/** What a person asks of the portal. */
export interface Assignment {
  readonly type: "assign" | "unassign";
  /** The server's name or id in the portal. */
  readonly server: string;
  readonly serials: readonly string[];
  /** What events call them, where that is not their serial numbers: ids of retired devices, whose records are erased. */
  readonly named?: readonly string[];
  readonly by: string;
}

/** Devices that one request may name. */
export const mostAtOnce = 1_000;

/**
 * Begins to assign devices to a server of the portal, or to take them from it. What is asked is an event before it is
 * sent; when no answer comes it may have been taken all the same, and is not sent again.
 */
export async function assignInPortal(ports: BusinessPorts, asked: Assignment): Promise<Activity> {
  const { store, clock, session } = ports;
  const halted = ports.halted();
  if (halted !== undefined)
    throw new UserError("halted", `everything is halted: ${halted}`, { hint: "reeve unhalt --reason WHY" });
  const server = serverNamed(await listManagementServers(session), asked.server);
  const { type, by } = asked;
  const serials = [...new Set(asked.serials)];
  const names = asked.named ?? serials;
  const what = `${names.length === 1 ? names[0] : `${names.length} devices`} ${type === "assign" ? "to" : "from"} ${server.name}`;
  const say = (event: string, message: string) =>
    appendEvents(store, [
      { type: `portal-devices.${event}`, at: clock(), message, words: asked.named ?? serials, by },
    ]);
  for (const part of listed(names)) await say(type, `${type} ${what}${part}`);
  try {
    const activity = await beginActivity(session, type, server.id, serials);
    const { id, status, subStatus } = activity;
    const row = { id, type, server: server.name, devices: serials.length, by, startedAt: clock(), status };
    await noteActivity(store, { ...row, subStatus });
    return activity;
  } catch (error) {
    await say("failed", `${type} ${what}: ${describe(error)}`);
    throw error;
  }
}

/** Devices that one event names. */
const perEvent = 100;

/** All of them, however many events that takes: who wants to take it back must know what was done. */
function listed(serials: readonly string[]): readonly string[] {
  const events = Math.ceil(serials.length / perEvent);
  return Array.from({ length: events }, (_, index) => {
    const part = events === 1 ? "" : ` (${index + 1} of ${events})`;
    return `${part}: ${serials.slice(index * perEvent, (index + 1) * perEvent).join(", ")}`;
  });
}

function serverNamed(servers: readonly ManagementServer[], word: string): ManagementServer {
  const meant = servers.filter(({ id, name }) => id === word || name === word);
  const [one] = meant;
  if (one !== undefined && meant.length === 1) return one;
  if (meant.length > 1)
    throw new UserError("ambiguous-server", `${meant.length} servers of the portal are called ${word}`, {
      hint: `Give the id of one: ${meant.map(({ id }) => id).join(", ")}.`,
    });
  throw new UserError("no-such-server", `no server of the portal is called ${word}`, {
    hint: `There are: ${servers.map(({ name }) => name).join(", ") || "none"}.`,
  });
}
