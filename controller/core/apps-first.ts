import type { ActTarget } from "./act.ts";
import type { Aside, Sent } from "./channel.ts";
import { removalDigest } from "./item-state.ts";
import type { LedgerChange } from "./ledger.ts";
import type { Owned } from "./observed.ts";
import { isThere } from "./presence.ts";
import type { Situation } from "./situation.ts";
import type { Transition } from "./transition.ts";

/** From the first app on they have this long, ms; then management goes, and takes along what is left. */
export const appsFirstMs = 15 * 60_000;

/**
 * True from the first command of an act that ends the management by itself until that act is over: nothing is
 * installed meanwhile. What is held again still waits; what was withdrawn or has expired gives the apps back.
 */
export function isLeaving({ acts, state }: Pick<Situation, "acts" | "state">): boolean {
  const { leaving } = state;
  return acts.some(
    ({ act, status }) =>
      act === leaving?.act && (status === "ready" || status === "held" || status === "sent"),
  );
}

/** An app that goes before the management does. */
export interface LeavingApp {
  readonly key: string;
  readonly owned: Owned & { readonly kind: "App" };
}

/**
 * The apps that are still to be asked for before the management of this device ends: each until it is answered, once.
 * None while removals are stopped, and none when the act has waited for them long enough.
 */
export function appsToGo(situation: Situation, act: ActTarget, now: number): readonly LeavingApp[] {
  const { observed, state, kind } = situation;
  if (act.verb !== "unenroll" || kind === "user" || situation.removalsStopped === true) return [];
  const since = state.leaving?.act === act.act ? state.leaving.since : now;
  if (now - since >= appsFirstMs || since > now) return [];
  return Object.entries(observed.owned).flatMap(([key, owned]) => {
    if (!isApp(owned) || isThere(owned, observed) === false || staysThere(key, owned, situation)) return [];
    const asked = state.progress[key];
    const isAnswered = asked?.digest === removalDigest && asked.phase !== "sent" && asked.at >= since;
    return isAnswered && state.leaving?.act === act.act ? [] : [{ key, owned }];
  });
}

/** An app says itself that it stays without management; one that has left the policies was to be kept, or goes. */
function staysThere(key: string, { onLeave }: Owned, { granted }: Situation): boolean {
  const item = granted?.items.find((one) => one.key === key);
  return item === undefined ? onLeave === "keep" : item.stays === true;
}

function isApp(owned: Owned): owned is LeavingApp["owned"] {
  return owned.kind === "App";
}

/**
 * Begins an act with its apps: its own command goes through the gate now, so that the approval, the budget and the
 * latches are decided before anything leaves, and is put off as if the device had said so, until the apps are gone.
 */
export function putOffForApps(
  start: Transition,
  sent: Sent,
  ledger: Extract<LedgerChange, { type: "sent" }>,
  act: string,
  now: number,
): Transition {
  const aside: Aside = { ...sent, at: now, count: 1, last: 0 };
  const others = start.state.aside.filter(({ id }) => id !== sent.id);
  const note = "its managed apps go first";
  return {
    ...start,
    state: { ...start.state, aside: [...others, aside], leaving: { act, since: now } },
    ledger: [
      ...start.ledger,
      ledger,
      { type: "closed", id: sent.id, status: "notNow", at: now, sentAt: ledger.at, note },
    ],
  };
}
