import type { Sent } from "../core/channel.ts";
import { connect, type Decision } from "../core/connect.ts";
import { endsEpoch } from "../core/intent.ts";
import { nothingObserved } from "../core/observed.ts";
import type { ChannelRow, Channels, Clock } from "../core/ports.ts";
import { identityOf } from "../core/renewal.ts";
import type { DeviceError, Report } from "../core/report.ts";
import type { Situation } from "../core/situation.ts";
import { stopsFor } from "../core/stops.ts";
import { Retry, Stalled } from "../errors.ts";
import { inTurn } from "../slices.ts";
import { changeOf, isNothing } from "./channel-change.ts";
import { type Rendered, withKept } from "./rendered.ts";

/** What one platform supplies to hold the conversation with its devices. */
export interface ConversationPorts {
  readonly channels: Channels;
  readonly clock: Clock;
  /** How long before an identity ends its device is made to renew it, ms. */
  readonly renewBeforeMs: number;
  /** The platform's name of the command, for the ledger. */
  readonly requestTypeOf: (sent: Sent) => string;
  /**
   * The bytes of a command, with secrets and variables put in. Throws Stalled when something it needs is
   * missing: the item then fails with that reason and the others go on.
   */
  readonly render: (row: ChannelRow, sent: Sent) => Promise<Rendered>;
  /** The gate in the database did not let the command of an act out. */
  readonly onRefused?: (row: ChannelRow, act: string, reason: string) => Promise<void>;
  /** A device answered what this database has not sent yet: it is an old copy. */
  readonly onBehind?: () => Promise<void>;
  /** The device acknowledged that it destroyed its data or its management: nothing more will come of this epoch. */
  readonly onDestroyed?: (row: ChannelRow) => Promise<void>;
  /** Called after a commit that may concern others: new facts, an act that ended. */
  readonly onChange?: (change: {
    readonly device: string;
    readonly facts: boolean;
    readonly acts: boolean;
  }) => void;
}

/** What a device is answered: the bytes of its next command, or undefined for "nothing". */
export type Answer = Buffer | undefined;

/** Writes that may lose before the device is asked to come again. */
const mostTries = 8;
/** Commands of one connection that may turn out not to be renderable; the next connection goes on. */
const mostStalled = 64;

/**
 * One round with one channel: report in, decision, commit, and only then the answer. A write that lost against
 * another is read and decided again; what the gate refuses is left out and decided again, however much that is.
 */
export async function converse(
  ports: ConversationPorts,
  id: string,
  reportFor: (row: ChannelRow) => Report | Promise<Report>,
): Promise<Answer> {
  const refused = new Set<string>();
  const stalled = new Map<string, DeviceError>();
  for (let losses = 0; losses < mostTries; ) {
    const row = await ports.channels.read(id);
    if (row === undefined || row.status === "left") return undefined;
    const now = ports.clock();
    const situation = situationOf(row, refused, ports.renewBeforeMs);
    const report = await reportFor(row);
    const first = await inTurn(() => connect(situation, report, now, ports.requestTypeOf));
    const { decided: complete, rendered } = await renderable(ports, row, first, { situation, stalled, now });
    const decided = refused.size === 0 ? complete : dueAgain(complete, now);
    const change = await inTurn(() => (isNothing(row, decided) ? undefined : changeOf(row, decided, now)));
    if (change === undefined) {
      ports.channels.seen(row.id, now);
      return rendered;
    }
    const result = await ports.channels.write(change);
    if (result.type === "written") {
      await tell(ports, row, decided);
      return rendered;
    }
    const act = actSent(decided);
    if (result.type === "refused" && act !== undefined && !refused.has(act)) {
      refused.add(act);
      await ports.onRefused?.(row, act, result.reason);
    } else losses++;
  }
  throw new Retry("busy", `channel ${id} changed under every attempt to decide`);
}

/** The act that a decision lets begin, or sends. */
function actSent({ ledger }: Decision): string | undefined {
  const sent = ledger.find((one) => one.type === "sent" && one.intent.type === "act");
  return sent?.type === "sent" && sent.intent.type === "act" ? sent.intent.act : undefined;
}

const refusedMs = 10 * 60_000;

/** What the gate refused may pass later, when a budget has room again or a latch was lifted: nobody else wakes the device. */
function dueAgain(decision: Decision, now: number): Decision {
  return { ...decision, dueAt: Math.min(decision.dueAt ?? Number.POSITIVE_INFINITY, now + refusedMs) };
}

/** What erases devices sooner holds changes and no acts, which have approvals of their own; all other stops hold both. */
function allowedTo({ status, suspended, stops, granted }: ChannelRow): Situation["allows"] {
  const others = stops.filter((name) => name !== "armed");
  const isStopped = stopsFor(others, granted?.body.groups ?? []).changes;
  if (status !== "enrolled" || suspended !== undefined || isStopped) return "queries";
  return stops.includes("armed") ? "acts" : "all";
}

/** The situation that a stored row stands for. */
export function situationOf(row: ChannelRow, refused: ReadonlySet<string>, renewBeforeMs: number): Situation {
  const stops = stopsFor(row.stops, row.granted?.body.groups ?? []);
  return {
    device: row.device,
    channel: row.id,
    kind: row.kind,
    epoch: row.epoch,
    // Before its first TokenUpdate a device has not enrolled: it may answer, and is given nothing.
    allows: allowedTo(row),
    granted: row.granted?.body,
    observed: row.observed?.body ?? nothingObserved,
    state: row.state,
    acts: row.acts.map((act) => (refused.has(act.act) ? { ...act, status: "held" } : act)),
    declared: row.declared?.body,
    licences: row.licences,
    halted: stops.halted,
    clocks: row.clocks,
    removalsStopped: stops.removals,
    destructionStopped: stops.destruction,
    ...identityOf(row, renewBeforeMs),
  };
}

interface Trying {
  readonly situation: Situation;
  /** What could not be rendered, by command id; kept over the attempts of one connection. */
  readonly stalled: Map<string, DeviceError>;
  readonly now: number;
}

/** The first decision whose command can be rendered; what cannot be counts as failed without having been sent. */
async function renderable(
  ports: ConversationPorts,
  row: ChannelRow,
  first: Decision,
  trying: Trying,
): Promise<{ readonly decided: Decision; readonly rendered: Answer }> {
  const { stalled } = trying;
  for (let decided = first; ; ) {
    const { command } = decided;
    if (command === undefined) return { decided, rendered: undefined };
    if (!stalled.has(command.id)) {
      const rendered = await render(ports, row, command);
      if ("body" in rendered)
        return { decided: withKept(decided, rendered.kept ?? []), rendered: rendered.body };
      stalled.set(command.id, rendered);
    }
    decided = without(command, decided, trying, ports.requestTypeOf);
  }
}

async function render(
  ports: ConversationPorts,
  row: ChannelRow,
  command: Sent,
): Promise<Rendered | DeviceError> {
  try {
    return await ports.render(row, command);
  } catch (error) {
    if (!(error instanceof Stalled)) throw error;
    return { domain: "reeve", code: 10, text: error.message };
  }
}

/** The decision in which a command has failed and the next candidate takes its turn, or none while there are too many. */
function without(
  command: Sent,
  current: Decision,
  { situation, stalled, now }: Trying,
  requestTypeOf: ConversationPorts["requestTypeOf"],
): Decision {
  const isLast = stalled.size >= mostStalled;
  const { state, observed } = current;
  const errors = [...stalled].filter(([id]) => id === command.id).map(([, error]) => error);
  const report: Report = { type: "result", commandId: command.id, outcome: { status: "failed", errors } };
  const again = connect({ ...situation, state, observed, halted: isLast }, report, now, requestTypeOf);
  const isOther = (one: { readonly id: string }): boolean => one.id !== command.id;
  return {
    ...again,
    facts: current.facts,
    observations: current.observations,
    kept: current.kept,
    ledger: [...current.ledger.filter(isOther), ...again.ledger.filter(isOther)],
    acts: [...current.acts.filter((one) => !isFor(command, one.act)), ...again.acts],
    events: [...current.events, ...again.events],
    ...(isLast ? { dueAt: now } : {}),
  };
}

function isFor({ intent }: Sent, act: string): boolean {
  return intent.type === "act" && intent.act === act;
}

function hasDestroyed(row: ChannelRow, decision: Decision): boolean {
  const executed = decision.acts.filter((change) => change.status === "executed").map((change) => change.act);
  return row.acts.some((act) => endsEpoch(act.verb) && executed.includes(act.act));
}

async function tell(ports: ConversationPorts, row: ChannelRow, decision: Decision): Promise<void> {
  tellChange(ports, row, decision);
  if (decision.events.some(({ type }) => type === "store.behind")) await ports.onBehind?.();
  if (hasDestroyed(row, decision)) await ports.onDestroyed?.(row);
}

function tellChange(ports: ConversationPorts, row: ChannelRow, decision: Decision): void {
  const acts = decision.acts.some((change) => change.status !== "sent");
  if (decision.facts === undefined && !acts) return;
  ports.onChange?.({ device: row.device, facts: decision.facts !== undefined, acts });
}
