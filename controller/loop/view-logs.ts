import type { CommandRow } from "../core/ports.ts";
import { type CommandFilter, listCommands } from "../store/commands.ts";
import { listDevices } from "../store/devices.ts";
import { type EventFilter, listEvents } from "../store/events.ts";
import type { Looking } from "./view-devices.ts";
import type { EventView, OperationView } from "./views.ts";

/** The operations log: what was sent and what came of it, the newest first. */
export async function viewOperations(
  looking: Looking,
  filter: CommandFilter,
): Promise<readonly OperationView[]> {
  const commands = await listCommands(looking.store, filter);
  const names = await namesOf(
    looking,
    commands.map((command) => command.device),
  );
  return commands.map((command) => viewOperation(command, names.get(command.device) ?? command.device));
}

/** What people call devices, by id. */
async function namesOf(looking: Looking, devices: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(devices)];
  const rows = ids.length === 0 ? [] : await listDevices(looking.store, { ids, limit: ids.length });
  return new Map(rows.map((row) => [row.id, row.alias ?? row.serial ?? row.id]));
}

function viewOperation(command: CommandRow, name: string): OperationView {
  const advice = adviceOf(command);
  return {
    id: command.id,
    at: command.closedAt ?? command.sentAt,
    device: command.device,
    name,
    type: command.requestType,
    subject: command.subject,
    direction: command.closedAt === undefined ? "->" : "<-",
    status: command.status,
    attempt: command.attempt,
    information:
      command.errors.map((error) => `${error.domain} ${error.code}: ${error.text}`).join("; ") ||
      (command.note ?? ""),
    ...(advice === undefined ? {} : { advice }),
  };
}

function adviceOf(command: CommandRow): string | undefined {
  switch (command.status) {
    case "failed":
      return "it is tried again by itself at growing intervals; `reeve explain` says when";
    case "notNow":
      return "the device is busy or locked; it is offered again";
    case "unknown":
      return "no answer came, and it is not sent again: look at the device; if still wanted, raise its generation";
    case "not-notified":
      return "the device did not answer in time; a late answer is still recorded";
    default:
      return undefined;
  }
}

/** What happened, the newest first. */
export async function viewEvents(looking: Looking, filter: EventFilter): Promise<readonly EventView[]> {
  const rows = await listEvents(looking.store, filter);
  const names = await namesOf(
    looking,
    rows.flatMap((row) => row.device ?? []),
  );
  return rows.map(({ seq, at, type, message, device, subject, by, revision }) => ({
    id: String(seq),
    at,
    type,
    message,
    ...(device === undefined ? {} : { device, name: names.get(device) ?? device }),
    ...(subject === undefined ? {} : { subject }),
    ...(by === undefined ? {} : { by }),
    ...(revision === undefined ? {} : { revision }),
  }));
}
