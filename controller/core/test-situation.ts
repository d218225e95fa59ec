import type { ActTarget } from "./act.ts";
import { type ChannelState, freshChannel, type Progress, type Sent } from "./channel.ts";
import { connect, type Decision } from "./connect.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import type { Intent } from "./intent.ts";
import { next, type Occasion } from "./next.ts";
import type { Outcome, Report } from "./report.ts";
import type { Situation } from "./situation.ts";

export const minute = 60_000;
export const hour = 60 * minute;
export const start = Date.UTC(2026, 0, 1);

/** A profile with everything that a test does not say about it. */
export function profile(name: string, more: Partial<GrantedItem> = {}): GrantedItem {
  const rest = { drift: "correct", install: "required", onLeave: "remove", policy: "p", after: [] } as const;
  const id = `corp.${name}`;
  return {
    key: `Profile/${name}`,
    kind: "Profile",
    id,
    digest: `d-${name}`,
    uuid: `U-${name}`,
    ...rest,
    ...more,
  };
}

/** An app with everything that a test does not say about it. */
export function app(name: string, more: Partial<GrantedItem> = {}): GrantedItem {
  const { uuid: _uuid, ...rest } = profile(name);
  return { ...rest, key: `App/${name}`, kind: "App", ...more };
}

/** A granted state of these items. */
export function grantedOf(items: readonly GrantedItem[], more: Partial<Granted> = {}): Granted {
  const rest = { conflicts: [], lifted: [], unsupported: [], notApplicable: [] };
  return { items, inventory: [], groups: [], sends: "all", ...rest, ...more };
}

/** An act that may be sent. */
export function actOf(verb: ActTarget["verb"], more: Partial<ActTarget> = {}): ActTarget {
  const times = { frozenAt: start, expiresAt: start + 24 * hour };
  const what = { act: verb, name: `Operation/${verb}@1`, verb, parameters: {}, destructive: verb === "wipe" };
  return { ...what, status: "ready", ...times, ...more };
}

/** A device that has told everything at `start` and has nothing, and the state it is in. */
export function situationOf(
  items: readonly GrantedItem[],
  { state, ...more }: Partial<Omit<Situation, "state">> & { state?: Partial<ChannelState> } = {},
): Situation {
  const collected = { device: start, profiles: start, managedApps: start };
  return {
    device: "d1",
    channel: "UDID-1",
    epoch: 1,
    allows: "all",
    granted: grantedOf(items),
    observed: { profiles: {}, apps: {}, owned: {} },
    acts: [],
    halted: false,
    ...more,
    state: { ...freshChannel, collected, ...state },
  };
}

/** An item as the ledger knows it after the device acknowledged it. */
export function ownedOf({ kind, id, digest, onLeave }: GrantedItem) {
  return { kind, id, digest, onLeave };
}

/** Progress of something that was sent once, at `start` if nothing else is said. */
export function progressOf(digest: string, phase: Progress["phase"], more: Partial<Progress> = {}): Progress {
  return { digest, attempts: 1, phase, at: start, ...more };
}

/** A command that was handed out at `start`. */
export function sentFor(intent: Intent, more: Partial<Sent> = {}): Sent {
  return { id: `sent-${described(intent)}`, intent, attempt: 1, at: start, ...more };
}

/** What an intent is about, in a few letters: `install App/a`, `query profiles`, `act lock`. */
export function described(intent: Intent): string {
  if (intent.type === "query") return `query ${intent.section}`;
  if (intent.type === "enrollment") return intent.step;
  if (intent.type === "declare") return "declare";
  if (intent.type === "assign") return `assign ${intent.policy}`;
  return intent.type === "act" ? `act ${intent.verb}` : `${intent.type} ${intent.item}`;
}

/** Everything that would be sent now, in its order: each is set aside for the next to be seen. */
export function orderOf(situation: Situation, now = start, occasion: Partial<Occasion> = {}): string[] {
  const order: string[] = [];
  for (let { state } = situation; order.length < 50; ) {
    const step = next({ ...situation, state }, { now, afterNotNow: false, idle: false, ...occasion });
    if (step.type === "wait") return order;
    order.push(described(step.sent.intent));
    state = { ...state, aside: [...state.aside, { ...step.sent, count: 1, last: now }] };
  }
  throw new Error(`without end: ${order.join(", ")}`);
}

/** One round, and the situation after it. */
export function round(situation: Situation, report: Report, now: number): [Situation, Decision] {
  const decision = connect(situation, report, now, (sent) => sent.intent.type);
  const { state, observed } = decision;
  const acts = situation.acts.map((act) => {
    const change = decision.acts.findLast((one) => one.act === act.act);
    return change === undefined ? act : { ...act, status: change.status };
  });
  return [{ ...situation, state, observed, acts }, decision];
}

/** The answer to the outstanding command. */
export function answer(situation: Situation, outcome: Outcome): Report {
  return { type: "result", commandId: situation.state.outstanding?.id ?? "", outcome };
}

/** A device's list of profiles or managed apps. */
export function listed(held: { profiles?: Record<string, string>; apps?: Record<string, string> }): Outcome {
  if (held.apps === undefined)
    return {
      status: "acknowledged",
      observation: { section: "profiles", profiles: held.profiles ?? {}, detail: {} },
    };
  const apps = Object.fromEntries(Object.entries(held.apps).map(([id, status]) => [id, { status }]));
  return { status: "acknowledged", observation: { section: "managedApps", apps, detail: {} } };
}
