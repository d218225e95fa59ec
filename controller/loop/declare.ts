import type { CheckIn } from "../apple/checkin.ts";
import { type Endpoint, readEndpoint } from "../apple/declarative/endpoint.ts";
import { declarationItemsResponse, tokensResponse } from "../apple/declarative/responses.ts";
import { readStatusReport, type StatusReport } from "../apple/declarative/status-report.ts";
import type { Decision } from "../core/connect.ts";
import { applyStatus } from "../core/declaration-report.ts";
import { handOut, offered, offeredToken, takesAway } from "../core/handing-out.ts";
import { next } from "../core/next.ts";
import type { ChannelRow } from "../core/ports.ts";
import type { Situation } from "../core/situation.ts";
import type { Transition } from "../core/transition.ts";
import { Retry } from "../errors.ts";
import { inTurn } from "../slices.ts";
import type { Store } from "../store/open.ts";
import { changeOf } from "./channel-change.ts";
import { situationOf } from "./converse.ts";
import { type DeclarationPorts, unwrittenIn, writeDeclaration } from "./declaration-content.ts";
import { nobodyToldOf, withinHour } from "./event-allowance.ts";

/** What a device is answered on its way to its declarations. */
export interface DeclarationReply {
  readonly status: 200 | 404 | 503;
  readonly body?: Buffer;
  readonly reason?: string;
}

type Message = Extract<CheckIn, { readonly type: "DeclarativeManagement" }>;

/** Writes that may lose before the device is asked to come again. */
const mostTries = 8;

/**
 * Carries out one DeclarativeManagement check-in of a channel (Apple: "Integrating Declarative Management"). It is
 * answered from the set that the channel was handed, until it asks for `declaration-items` again. Throws MessageError
 * for a status report that cannot be read.
 */
export async function declare(
  ports: DeclarationPorts,
  message: Message,
  read: () => Promise<ChannelRow | undefined>,
): Promise<DeclarationReply> {
  const endpoint = readEndpoint(message.endpoint);
  let report: StatusReport | undefined;
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const row = await read();
    if (row === undefined || row.status === "left") return { status: 404, reason: "not-enrolled" };
    if (endpoint === undefined) return { status: 404, reason: "no-such-endpoint" };
    if (endpoint.type === "status") report ??= await inTurn(() => readStatusReport(message.data));
    const { reply, change } = await answer(ports, row, endpoint, report);
    if (change === undefined) ports.store.channels.seen(row.id, ports.clock());
    if (change === undefined || (await ports.store.channels.write(change.written)).type === "written") {
      if (change?.facts === true) ports.onChange(row.device);
      return reply;
    }
  }
  throw new Retry("busy", `channel ${message.channel.id} changed under every attempt to answer it`);
}

interface Answered {
  readonly reply: DeclarationReply;
  readonly change?: { readonly written: Parameters<Store["channels"]["write"]>[0]; readonly facts: boolean };
}

const nothing: ReadonlySet<string> = new Set();

const undecided: Answered = { reply: { status: 503, reason: "declarations-undecided" } };

async function answer(
  ports: DeclarationPorts,
  row: ChannelRow,
  endpoint: Endpoint,
  report: StatusReport | undefined,
): Promise<Answered> {
  const situation = situationOf(row, nothing, ports.renewBeforeMs);
  const now = ports.clock();
  if (report !== undefined) return takeStatus(ports, row, situation, report);
  if (endpoint.type === "declaration") {
    const { form, identifier } = endpoint;
    const entry = row.declared?.body.entries.find(
      (one) => one.form === form && one.identifier === identifier,
    );
    if (entry === undefined) return { reply: { status: 404, reason: "declaration-not-granted" } };
    if (situation.halted) return undecided;
    return { reply: { status: 200, body: await writeDeclaration(ports, row, entry) } };
  }
  const token = offeredToken(situation);
  const wanted = offered(situation);
  if (token === undefined || wanted === undefined) return undecided;
  if (endpoint.type === "tokens") return { reply: { status: 200, body: tokensResponse(token, now) } };
  const unwritten = await unwrittenIn(ports, row, wanted);
  const { transition, set } = handOut(situation, wanted, unwritten, now);
  const reply = { status: 200, body: declarationItemsResponse(set) } as const;
  if (transition.state === situation.state) return { reply };
  const declared = {
    id: transition.state.declared?.set ?? "",
    body: set,
    takesAway: takesAway(set, row.declared?.body),
  };
  const written = { ...changeOf(row, decided(situation, row, transition, now), now), declared };
  return { reply, change: { written, facts: false } };
}

const telling = nobodyToldOf();

function takeStatus(
  ports: DeclarationPorts,
  row: ChannelRow,
  situation: Situation,
  report: StatusReport,
): Answered {
  const now = ports.clock();
  const secrets = ports.secrets();
  const told = Object.entries(report.told).map(([name, words]) => [name, secrets.withhold(words)]);
  const { full, gone, declarations, supports, facts, detail } = report;
  const observation = {
    section: "declarations",
    detail: detail.entries,
    ...(full ? {} : { patch: { gone: detail.gone } }),
    ...(declarations === undefined ? {} : { declarations }),
    ...(supports === undefined ? {} : { supports }),
    ...(Object.keys(facts).length === 0 ? {} : { facts }),
  } as const;
  const applied = applyStatus(situation, { observation, full, gone, told: Object.fromEntries(told) }, now);
  const transition = {
    ...applied,
    events: withinHour(telling, `${row.device} ${row.certificate}`, applied.events, now),
  };
  const written = changeOf(row, decided(situation, row, transition, now), now);
  return { reply: { status: 200 }, change: { written, facts: written.facts !== undefined } };
}

/** No command is given here: what is due now is what the device is woken for. */
function decided(situation: Situation, row: ChannelRow, transition: Transition, now: number): Decision {
  const { state, observed } = transition;
  const before = { ...transition, command: undefined };
  if (state.outstanding !== undefined) return { ...before, dueAt: row.dueAt };
  const step = next({ ...situation, state, observed }, { now, afterNotNow: false, idle: true });
  return { ...before, dueAt: step.type === "send" ? now : step.until };
}
