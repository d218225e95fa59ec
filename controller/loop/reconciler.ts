import type { Compiled } from "../core/compiled.ts";
import { type DesiredStates, desiredStates } from "../core/desired-states.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { RevisionRow } from "../core/ports.ts";
import { describe, Retry, UserError } from "../errors.ts";
import type { Snapshot } from "../git/source.ts";
import { countAwaiting } from "../store/admission.ts";
import { watchGate } from "../store/approvals.ts";
import { awaitingDevices } from "../store/group-devices.ts";
import { addTold } from "../store/revision-changes.ts";
import { revisionInForce } from "../store/revisions.ts";
import { admitFleet } from "./admit.ts";
import { freezeRemovals, watchFirst } from "./caution.ts";
import { guardClock } from "./clock-guard.ts";
import { createDeclarer } from "./declarer.ts";
import { endActs } from "./end-acts.ts";
import { fileActs } from "./file-acts.ts";
import { withLastFingerprints } from "./fingerprints.ts";
import { putInForce, recallInForce } from "./in-force.ts";
import { noLatches, readLatches } from "./latches.ts";
import { createLeadership } from "./leadership.ts";
import { filingOf, type Reconciler, type ReconcilerPorts } from "./reconciler-ports.ts";
import { noteRefused } from "./refused-revision.ts";
import type { Revised } from "./reviser.ts";
import { rollOn } from "./roll-on.ts";
import { createRollouts } from "./rollouts.ts";
import { rotate } from "./rotate.ts";
import { type SourceState, withoutError } from "./source-state.ts";
import { type Vouched, vouch } from "./vouched.ts";

export type { Reconciler } from "./reconciler-ports.ts";

const fullPassMs = 60_000;

/** The part of the loop that turns revisions into granted states. Level-triggered: it may be called at any time. */
export function createReconciler(ports: ReconcilerPorts): Reconciler {
  const { store, source, clock, reviser } = ports;
  const leadership = createLeadership(store, ports.leaseMs);
  const declarer = createDeclarer(store);
  const rollouts = createRollouts(store);
  const filing = filingOf(ports);
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

  /** In turn with looks at the source, so that nothing takes the place of a newer revision. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    turn = turn.then(work, work);
    return turn;
  }

  async function rotateNow(): Promise<void> {
    if (current === undefined || leadership.lease() === undefined) return;
    const { revised, unreadable } = await rotate(store, reviser, ports.settings, current, clock());
    state = { ...state, unreadable };
    if (revised === undefined) return;
    await prepare(revised);
    current = rollouts.asSeen(revised);
    reconsider();
  }

  /** Before a policy set comes into force, and when this process takes up one that another has put in force. */
  async function prepare({ compiled }: Revised): Promise<void> {
    await rollouts.prepare(compiled, current?.compiled, { at: clock(), lease: leadership.lease() });
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
      await take(snapshot, inForce);
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
    await refreshLatches();
    return recalled?.revised === undefined ? undefined : rollouts.asSeen(recalled.revised);
  }

  async function take(seenNow: Snapshot, inForce: RevisionRow | undefined): Promise<void> {
    const vouching = await vouch(seenNow, inForce, ports.signatures ?? "off");
    if (vouching.type === "refused") return refuse(seenNow, vouching.diagnostics);
    const { snapshot } = vouching;
    const tree = await snapshot.tree();
    const revision = await reviser.revise(tree, await withLastFingerprints(store, ports.settings), clock());
    if (revision.type === "refused") return refuse(snapshot, revision.diagnostics);
    await ports.beforeInForce?.(tree);
    const [first, observeFirst] = [inForce === undefined, ports.observeFirst];
    const [before, after] = [current?.compiled, revision.revised.compiled];
    await watchFirst(store, { first, observeFirst, before, after, at: clock() });
    await freezeRemovals(store, snapshot, { before, states: desiredStates(after, states) }, clock());
    await prepare(revision.revised);
    await begin(snapshot, revision.revised);
  }

  async function refuse(snapshot: Snapshot, found: readonly Diagnostic[]): Promise<void> {
    const refused = await noteRefused(store, snapshot, found, clock(), leadership.lease());
    state = { ...state, refused };
    ports.onRevision?.({ type: "refused", snapshot, diagnostics: refused.diagnostics });
  }

  async function begin(snapshot: Vouched, revised: Revised): Promise<void> {
    const taken = { snapshot, revised: rollouts.asSeen(revised), declared: revised.compiled };
    await putInForce(store, taken, clock(), leadership.lease());
    [current, author] = [taken.revised, snapshot.author];
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
    if (!led) await inTurn(rotateNow);
    // What came while another replica led is taken up by who leads now.
    if (declined) await inTurn(look);
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
    if (!(await rollouts.refresh(fresh))) return;
    if (current !== undefined) current = rollouts.asSeen(current);
    reconsider();
  }

  function reconsider(): void {
    fullPassAt = 0;
    asked++;
  }

  async function fullPass(compiled: Compiled, now: number): Promise<boolean> {
    const answering = asked;
    await guardClock(store, now);
    await declarer.all(compiled, now);
    await advance(now);
    const seen = rollouts.over(compiled);
    const result = await admitFleet(store, statesOf(seen), latches, "all", now, leadership.lease());
    await addTold(store, compiled.revision, result.changed);
    await file(seen, now);
    await endActs(store, now);
    // Devices that reported in the meantime were left out: look again until nothing changes.
    const isOver = result.changed === 0 && answering === asked;
    if (isOver) fullPassAt = Math.min(now + fullPassMs, Math.max(now + 1, result.nextEdge ?? Infinity));
    return isOver;
  }

  /** Waves begin before the fleet is looked at; nothing is judged while nothing may be given. */
  async function advance(at: number): Promise<void> {
    if (current === undefined) return;
    if (!rollouts.isPrepared(current.compiled)) await inTurn(prepareCurrent);
    const states = statesOf(rollouts.over(current.compiled));
    const pass = { at, lease: leadership.lease() };
    if (await rollOn(store, states, rollouts.all().values(), latches, pass)) await refreshLatches();
  }

  /** What another version of this program has put in force may be another version of a policy here. */
  async function prepareCurrent(): Promise<void> {
    if (current === undefined) return;
    await prepare(current);
    current = rollouts.asSeen(current);
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
    await fileActs(store, statesOf(compiled), { ...filing, author, at, told, lease: leadership.lease() });
  }

  return {
    current: () => current,
    statesOf: (compiled) =>
      compiled === current?.compiled ? statesOf(compiled) : desiredStates(compiled, states),
    latches: () => latches,
    rollouts,
    sourceState: () => state,
    ...filing,
    lease: leadership.lease,
    isLeader: () => leadership.lease() !== undefined,
    recall: async () => {
      await refreshLatches();
      current = await recall();
    },
    poll: () => inTurn(look),
    rotate: () => inTurn(rotateNow),
    tick,
    reconsider: () => {
      declarer.forget();
      reconsider();
    },
    close: leadership.release,
  };
}
