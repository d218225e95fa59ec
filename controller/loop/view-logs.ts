import type { CommandRow } from "../core/ports.ts";
import { type CommandFilter, listCommands } from "../store/commands.ts";
import { listDevices } from "../store/devices.ts";
import { countRoutine, type EventFilter, type EventRow, listEvents } from "../store/events.ts";
import { causesOf } from "../store/report-rows.ts";
import { deviceNames } from "./device-names.ts";
import { awaitedStatuses, listAwaitedViews, viewAllAwaited } from "./view-awaited.ts";
import type { Looking } from "./view-devices.ts";
import { policyOperations } from "./view-policy-operations.ts";
import { refusedOperations } from "./view-refused-operations.ts";
import type { EventsView, EventView, OperationView } from "./views.ts";

/**
 * The operations log: what was sent and what came of it, and acts that were refused, the newest first. Of one device,
 * or where a status asks for it, what is due and not sent yet stands before. Acts have the names that people know.
 */
export async function viewOperations(
  looking: Looking,
  filter: CommandFilter,
): Promise<readonly OperationView[]> {
  const commands = await listCommands(looking.store, filter);
  const names = await deviceNames(
    looking.store,
    commands.map((command) => command.device),
  );
  const sent = commands.map((command) => ({
    sentAt: command.sentAt,
    view: viewOperation(command, names.get(command.device) ?? command.device),
  }));
  const others = [
    ...(await policyOperations(looking, filter)),
    ...(await refusedOperations(looking, filter)),
  ];
  const all = [...others, ...sent].sort((a, b) => b.sentAt - a.sentAt);
  const views = [...(await awaitedOf(looking, filter)), ...all.map((one) => one.view)].slice(0, filter.limit);
  const acts = await namesOfActs(looking, views);
  return views.map((view) => ({ ...view, subject: acts.get(view.subject) ?? view.subject }));
}

async function awaitedOf(looking: Looking, filter: CommandFilter): Promise<readonly OperationView[]> {
  const { device, status, requestType, before, limit } = filter;
  const asked = status?.find((one) => awaitedStatuses.includes(one));
  if (before !== undefined || (status !== undefined && asked === undefined)) return [];
  const found =
    device !== undefined
      ? (await listDevices(looking.store, { ids: [device], limit: 1 })).flatMap((row) =>
          viewAllAwaited(looking, row),
        )
      : asked === undefined
        ? []
        : await listAwaitedViews(looking, asked, limit);
  return found.filter(
    (one) =>
      (asked === undefined || one.status === asked) &&
      (requestType === undefined || one.type === requestType),
  );
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
    information: command.errors.map(errorText).join("; ") || (command.note ?? ""),
    ...(advice === undefined ? {} : { advice }),
  };
}

/** Google's own errors are words, and have no code that says more. */
function errorText({ domain, code, text }: CommandRow["errors"][number]): string {
  return domain === "google" && code === 0 ? text : `${domain} ${code}: ${text}`;
}

function adviceOf(command: CommandRow): string | undefined {
  const isAct = command.subject.startsWith("act/");
  switch (command.status) {
    case "failed":
      if (isAct) return "an act is done once: if it is still wanted, raise its generation";
      return "it is tried again by itself at growing intervals; `reeve explain` says when";
    case "notNow":
      return "the device is busy or locked; it is offered again";
    case "unknown":
      return "no answer came, and it is not sent again: look at the device; if still wanted, raise its generation";
    case "not-notified":
      return "the device took it several times and never answered; a late answer is still recorded";
    default:
      return undefined;
  }
}

/** Routine events are counted up to here. */
const mostCounted = 10_000;

/** What happened, the newest first (with `after`, the oldest first), and how many routine events were left out. */
export async function viewEvents(looking: Looking, filter: EventFilter): Promise<EventsView> {
  const { store } = looking;
  const rows = await listEvents(store, filter);
  const names = await deviceNames(
    store,
    rows.flatMap((row) => deviceOf(row) ?? []),
  );
  const isHidden = filter.notable === true && filter.after === undefined;
  const hidden = isHidden ? await countRoutine(store, hiddenBetween(rows, filter)) : 0;
  return { events: rows.map((row) => viewEvent(row, names)), hidden };
}

/** An act that a person asked for directly is on one device, whose id is in its name. */
function deviceOf({ device, subject = "" }: EventRow): string | undefined {
  return device ?? /^Direct\/[^@]*-(d-[0-9a-f]{16})@/.exec(subject)?.[1];
}

/** Commands have an act by its id: the names that people know, by `act/ID`. */
async function namesOfActs(
  { store }: Looking,
  views: readonly OperationView[],
): Promise<ReadonlyMap<string, string>> {
  const ids = new Set(views.flatMap(({ subject }) => /^act\/(a-[0-9a-f]{16})$/.exec(subject)?.[1] ?? []));
  const causes = ids.size === 0 ? new Map() : await causesOf(store, [...ids]);
  return new Map([...causes].map(([id, { act }]) => [`act/${id}`, act]));
}

/** What lies between the events of a page that is full, or all that the filter admits. */
function hiddenBetween(rows: readonly EventRow[], filter: EventFilter): EventFilter {
  const last = rows.at(-1);
  const isFull = rows.length >= filter.limit && last !== undefined;
  return { ...filter, limit: mostCounted, ...(isFull ? { after: last.seq } : {}) };
}

function viewEvent(row: EventRow, names: ReadonlyMap<string, string>): EventView {
  const { seq, at, type, message, subject, by, revision } = row;
  const device = deviceOf(row);
  return {
    id: String(seq),
    at,
    type,
    message,
    ...(device === undefined ? {} : { device, name: names.get(device) ?? device }),
    ...(subject === undefined ? {} : { subject }),
    ...(by === undefined ? {} : { by }),
    ...(revision === undefined ? {} : { revision }),
  };
}
