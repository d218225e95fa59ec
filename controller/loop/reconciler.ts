import type { Compiled } from "../core/compiled.ts";
import { type DesiredStates, desiredStates } from "../core/desired-states.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import { describe, Retry, UserError } from "../errors.ts";
import type { Snapshot } from "../git/source.ts";
import { countAwaiting } from "../store/admission.ts";
import { watchGate } from "../store/approvals.ts";
import { appendEvents } from "../store/events.ts";
import { awaitingDevices } from "../store/group-devices.ts";
import type { Lease } from "../store/leader.ts";
import { putRevision, revisionInForce } from "../store/revisions.ts";
import { admitFleet } from "./admit.ts";
import { freezeRemovals, watchFirst } from "./caution.ts";
import { guardClock } from "./clock-guard.ts";
import { createDeclarer } from "./declarer.ts";
import { endActs } from "./end-acts.ts";
import { fileActs } from "./file-acts.ts";
import { withLastFingerprints } from "./fingerprints.ts";
import { putInForce, recallInForce } from "./in-force.ts";
import { type Latches, noLatches, readLatches } from "./latches.ts";
import { createLeadership } from "./leadership.ts";
import { filingOf, type ReconcilerPorts } from "./reconciler-ports.ts";
import { refusalText, rowOf } from "./revise.ts";
import type { Revised } from "./reviser.ts";
import { rotate } from "./rotate.ts";
import { type SourceState, withoutError } from "./source-state.ts";

export interface Reconciler extends ReturnType<typeof filingOf> {
  /** The revision in force, compiled. */
  readonly current: () => Revised | undefined;
  /** Desired states under a policy set, with what is known of the one in force. */
  readonly statesOf: (compiled: Compiled) => DesiredStates;
  readonly latches: () => Latches;
  readonly sourceState: () => SourceState;
  /** Held while this process compiles and admits: what the leader's writes are checked against. */
  readonly lease: () => Lease | undefined;
  readonly isLeader: () => boolean;
  /** Takes up what is in force without looking at the source; for looking while no daemon runs. */
  readonly recall: () => Promise<void>;
  /** Looks at the source once. */
  readonly poll: () => Promise<void>;
  /** Reads the secrets in use again; what a new value changes goes out like what a commit changes. */
  readonly rotate: () => Promise<void>;
  /** One pass: what has changed is admitted, acts are filed. True when nothing was left to do. */
  readonly tick: () => Promise<boolean>;
  /** The next tick looks at the whole fleet again. */
  readonly reconsider: () => void;
  readonly close: () => Promise<void>;
}

const fullPassMs = 60_000;

/** The part of the loop that turns revisions into granted states. Level-triggered: it may be called at any time. */
export function createReconciler(ports: ReconcilerPorts): Reconciler {
  const { store, source, clock, reviser } = ports;
  const leadership = createLeadership(store, ports.leaseMs);
  const declarer = createDeclarer(store);
  let current: Revised | undefined;
  let states: DesiredStates | undefined;
  let author = "unknown";
  let latches = noLatches;
  let state: SourceState = {};
  let fullPassAt = 0;
  /** Raised by all that asks for a full pass: one that is asked for while another is under way is not forgotten. */
  let asked = 0;
  let seen: string | undefined;
  let declined = false;
  let followed: string | undefined;
  let turn = Promise.resolve();
  const told = new Map<string, string>();

  function poll(): Promise<void> {
    turn = turn.then(look, look);
    return turn;
  }

  /** In turn with looks at the source, so that it never takes the place of a newer revision. */
  function rotateNext(): Promise<void> {
    turn = turn.then(rotateNow, rotateNow);
    return turn;
  }

  async function rotateNow(): Promise<void> {
    if (current === undefined || leadership.lease() === undefined) return;
    const { revised, unreadable } = await rotate(store, reviser, ports.settings, current, clock());
    state = { ...state, unreadable };
    if (revised === undefined) return;
    current = revised;
    reconsider();
  }

  async function look(): Promise<void> {
    try {
      current ??= await recall();
      const inForce = await revisionInForce(store);
      const snapshot = await source.poll(inForce?.id);
      state = { ...withoutError(state), lastPollAt: clock() };
      if (snapshot.revision === seen && (inForce?.id === seen || state.refused?.revision === seen)) return;
      declined = !(await leadership.lead());
      if (declined) return;
      await take(snapshot, inForce?.id);
      seen = snapshot.revision;
    } catch (error) {
      state = { ...state, error: describe(error) };
      ports.onError?.("poll", error);
      if (!(error instanceof UserError) && !(error instanceof Retry)) throw error;
    }
  }

  async function recall(): Promise<Revised | undefined> {
    const recalled = await recallInForce(store, reviser, ports, clock());
    author = recalled?.author ?? author;
    return recalled?.revised;
  }

  async function take(snapshot: Snapshot, inForce: string | undefined): Promise<void> {
    const tree = await snapshot.tree();
    const revision = await reviser.revise(tree, await withLastFingerprints(store, ports.settings), clock());
    if (revision.type === "refused") return refuse(snapshot, revision.diagnostics);
    await ports.beforeInForce?.(tree);
    const first = inForce === undefined;
    const [before, after] = [current?.compiled, revision.revised.compiled];
    await watchFirst(store, { first, observeFirst: ports.observeFirst, before, after, at: clock() });
    await freezeRemovals(store, snapshot, { before, states: desiredStates(after, states) }, clock());
    await begin(snapshot, revision.revised);
    if (snapshot.revision !== inForce) await say("revision.in-force", snapshot.message, snapshot.revision);
  }

  async function refuse(snapshot: Snapshot, diagnostics: readonly Diagnostic[]): Promise<void> {
    const errors = diagnostics.filter((one) => one.severity === "error");
    const { revision, message, author: by } = snapshot;
    state = { ...state, refused: { revision, message, author: by, at: clock(), diagnostics: errors } };
    await putRevision(store, rowOf(snapshot, "refused", errors, clock()), leadership.lease());
    await say("revision.refused", refusalText(revision, errors), revision);
    ports.onRevision?.({ type: "refused", snapshot, diagnostics: errors });
  }

  async function begin(snapshot: Snapshot, revised: Revised): Promise<void> {
    await putInForce(store, { snapshot, revised }, clock(), leadership.lease());
    current = revised;
    author = snapshot.author;
    const { refused: _refused, ...rest } = state;
    state = rest;
    reconsider();
    told.clear();
    ports.onRevision?.({ type: "in-force", snapshot, compiled: revised.compiled });
  }

  async function tick(): Promise<boolean> {
    await watchGate(store, clock()).then(refreshLatches);
    const led = leadership.lease() !== undefined;
    if (!(await leadership.lead())) return follow();
    // The leader before may have sent what newer values make: older ones are not granted again.
    if (!led) await rotateNext();
    // What came while another replica led is taken up by who leads now.
    if (declined) await poll();
    if (current === undefined || latches.halted !== undefined) return true;
    const now = clock();
    // One that lies further ahead was set by a clock that has been put back since.
    if (now >= fullPassAt || fullPassAt - now > fullPassMs) return fullPass(current.compiled, now);
    if ((await countAwaiting(store)) === 0) return true;
    return admitNew(current.compiled, now);
  }

  /** A replica that does not lead answers devices with the revision that the leader put in force. */
  async function follow(): Promise<boolean> {
    const inForce = await revisionInForce(store);
    if (inForce === undefined || inForce.id === current?.compiled.revision || inForce.id === followed)
      return true;
    // A revision that this version cannot read leaves what was in force before; it is not read again at each tick.
    followed = inForce.id;
    current = (await recall()) ?? current;
    return true;
  }

  async function refreshLatches(): Promise<void> {
    const fresh = await readLatches(store);
    if (JSON.stringify(fresh.all) !== JSON.stringify(latches.all)) reconsider();
    latches = fresh;
  }

  function reconsider(): void {
    fullPassAt = 0;
    asked++;
  }

  async function fullPass(compiled: Compiled, now: number): Promise<boolean> {
    const answering = asked;
    await guardClock(store, now);
    await declarer.all(compiled, now);
    const result = await admitFleet(store, statesOf(compiled), latches, "all", now, leadership.lease());
    await file(compiled, now);
    await endActs(store, now);
    // Devices that reported in the meantime were left out: look again until nothing changes.
    const isOver = result.changed === 0 && answering === asked;
    if (isOver) fullPassAt = Math.min(now + fullPassMs, Math.max(now + 1, result.nextEdge ?? Infinity));
    return isOver;
  }

  async function admitNew(compiled: Compiled, now: number): Promise<boolean> {
    const only = await awaitingDevices(store, 5_000);
    await declarer.only(compiled, only, now);
    await admitFleet(store, statesOf(compiled), latches, "awaiting", now, leadership.lease());
    await file(compiled, now);
    return (await countAwaiting(store)) === 0;
  }

  /** Kept from pass to pass and, as far as it holds, from revision to revision. */
  function statesOf(compiled: Compiled): DesiredStates {
    if (states?.compiled !== compiled) states = desiredStates(compiled, states);
    return states;
  }

  async function file(compiled: Compiled, at: number): Promise<void> {
    if (latches.observe !== undefined || compiled.organization.mode === "observe") return;
    await fileActs(store, statesOf(compiled), { ...ports, author, at, told, lease: leadership.lease() });
  }

  async function say(type: string, message: string, revision: string): Promise<void> {
    await appendEvents(store, [{ type, at: clock(), message, revision }]);
  }

  return {
    current: () => current,
    statesOf: (compiled) =>
      compiled === current?.compiled ? statesOf(compiled) : desiredStates(compiled, states),
    latches: () => latches,
    sourceState: () => state,
    ...filingOf(ports),
    lease: leadership.lease,
    isLeader: () => leadership.lease() !== undefined,
    recall: async () => {
      await refreshLatches();
      current = await recall();
    },
    poll,
    rotate: rotateNext,
    tick,
    reconsider: () => {
      declarer.forget();
      reconsider();
    },
    close: leadership.release,
  };
}
