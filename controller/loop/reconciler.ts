import type { Compiled } from "../core/compiled.ts";
import { type DesiredStates, desiredStates } from "../core/desired-states.ts";
import { countAwaiting } from "../store/admission.ts";
import { watchGate } from "../store/approvals.ts";
import { awaitingDevices } from "../store/group-devices.ts";
import { addTold } from "../store/revision-changes.ts";
import { admitFleet } from "./admit.ts";
import { guardClock } from "./clock-guard.ts";
import { createDeclarer } from "./declarer.ts";
import { endActs } from "./end-acts.ts";
import { fileActs } from "./file-acts.ts";
import { readLatches } from "./latches.ts";
import { createLeadership } from "./leadership.ts";
import { cancelOverturned } from "./overturned-acts.ts";
import { filingOf, type Reconciler, type ReconcilerPorts } from "./reconciler-ports.ts";
import { rollOn } from "./roll-on.ts";
import { createRollouts } from "./rollouts.ts";
import { createTaking } from "./taking.ts";

export type { Reconciler } from "./reconciler-ports.ts";

const fullPassMs = 60_000;

/** What one pass is about. What comes into force in the meantime is for the next one. */
interface Pass {
  readonly compiled: Compiled;
  readonly author: string;
  readonly at: number;
}

/** The part of the loop that turns revisions into granted states. Level-triggered: it may be called at any time. */
export function createReconciler(ports: ReconcilerPorts): Reconciler {
  const { store, clock } = ports;
  const leadership = createLeadership(store, ports.leaseMs);
  const declarer = createDeclarer(store);
  const rollouts = createRollouts(store);
  const filing = filingOf(ports);
  const told = new Map<string, string>();
  let states: DesiredStates | undefined;
  let { latches } = ports;
  let fullPassAt = 0;
  /** Raised by all that asks for a full pass: one that is asked for while another is under way is not forgotten. */
  let asked = 0;
  /** The term of the lease under which this process has caught up with what is in force. */
  let caughtUp: number | undefined;
  const taking = createTaking(ports, {
    rollouts,
    lead: leadership.lead,
    lease: leadership.lease,
    refreshLatches,
    statesOf: (compiled) => desiredStates(compiled, states),
    onTaken: () => {
      told.clear();
      reconsider();
    },
  });

  async function tick(): Promise<boolean> {
    await watchGate(store, clock());
    if (!(await leadership.lead())) {
      await refreshLatches();
      await taking.follow();
      return true;
    }
    const term = leadership.lease()?.term;
    if (caughtUp !== term && (await taking.catchUp())) caughtUp = term;
    // Taken before the latches are read: what a revision engages is engaged before it comes into force.
    const taken = taking.current();
    await refreshLatches();
    if (taken === undefined || caughtUp !== term) return true;
    const pass = { compiled: taken.revised.compiled, author: taken.author, at: clock() };
    if (latches.halted !== undefined) {
      await cancel(pass);
      return true;
    }
    // One that lies further ahead was set by a clock that has been put back since.
    if (pass.at >= fullPassAt || fullPassAt - pass.at > fullPassMs) return fullPass(pass);
    if ((await countAwaiting(store)) === 0) return true;
    return admitNew(pass);
  }

  async function refreshLatches(): Promise<void> {
    const fresh = await readLatches(store);
    if (JSON.stringify(fresh.all) !== JSON.stringify(latches.all)) reconsider();
    latches = fresh;
    if (!(await rollouts.refresh(fresh))) return;
    // What somebody does to a rollout engages a latch before it is written: read once more after what is known of it.
    latches = await readLatches(store);
    taking.reseen();
    reconsider();
  }

  function reconsider(): void {
    fullPassAt = 0;
    asked++;
  }

  async function fullPass(pass: Pass): Promise<boolean> {
    const answering = asked;
    const { compiled, at } = pass;
    await guardClock(store, at);
    await cancel(pass);
    await declarer.all(compiled, at);
    await advance(pass);
    const seen = seenBy(pass);
    if (seen === undefined) return false;
    const result = await admitFleet(store, statesOf(seen), latches, "all", at, leadership.lease());
    await addTold(store, compiled.revision, result.changed);
    await file({ ...pass, compiled: seen });
    await endActs(store, at, (error, device) => ports.onError?.("end", error, device));
    // Devices that reported in the meantime were left out: look again until nothing changes.
    const isOver = result.changed === 0 && answering === asked;
    if (isOver) fullPassAt = Math.min(at + fullPassMs, Math.max(at + 1, result.nextEdge ?? Infinity));
    return isOver;
  }

  /** Waves begin before the fleet is looked at; nothing is judged while nothing may be given. */
  async function advance(pass: Pass): Promise<void> {
    const seen = await prepared(pass);
    if (seen === undefined) return;
    const [states, { at }, lease] = [statesOf(seen), pass, leadership.lease()];
    if (await rollOn(store, states, rollouts.all().values(), latches, { at, lease })) await refreshLatches();
  }

  async function prepared(pass: Pass): Promise<Compiled | undefined> {
    const seen = seenBy(pass);
    if (seen !== undefined) return seen;
    await taking.prepare();
    await refreshLatches();
    return seenBy(pass);
  }

  /**
   * The policy set of a pass as devices see it; undefined when another is coming into force meanwhile: what is known of
   * rollouts is about that one then, and the latches that it engages are not known here.
   */
  function seenBy({ compiled }: Pass): Compiled | undefined {
    if (taking.current()?.revised.compiled.revision !== compiled.revision) return undefined;
    return rollouts.isPrepared(compiled) ? rollouts.over(compiled) : undefined;
  }

  async function admitNew(given: Pass): Promise<boolean> {
    const seen = await prepared(given);
    if (seen === undefined) return false;
    const pass = { ...given, compiled: seen };
    const only = await awaitingDevices(store, 5_000);
    await cancel(pass);
    await declarer.only(pass.compiled, only, pass.at);
    await admitFleet(store, statesOf(pass.compiled), latches, "awaiting", pass.at, leadership.lease());
    await file(pass);
    return (await countAwaiting(store)) === 0;
  }

  /** Kept from pass to pass and, as far as it holds, from revision to revision. */
  function statesOf(compiled: Compiled): DesiredStates {
    if (states?.compiled !== compiled) states = desiredStates(compiled, states);
    return states;
  }

  /** Before anything is granted, and also while nothing is: an act that nobody asks for any more must not leave. */
  async function cancel({ compiled, author, at }: Pass): Promise<void> {
    await cancelOverturned(store, compiled, { author, at });
  }

  async function file({ compiled, author, at }: Pass): Promise<void> {
    if (latches.observe !== undefined || compiled.organization.mode === "observe") return;
    await fileActs(store, statesOf(compiled), { ...filing, author, at, told, lease: leadership.lease() });
  }

  return {
    current: () => taking.current()?.revised,
    statesOf: (compiled) =>
      compiled === taking.current()?.revised.compiled ? statesOf(compiled) : desiredStates(compiled, states),
    latches: () => latches,
    rollouts,
    sourceState: taking.sourceState,
    ...filing,
    lease: leadership.lease,
    isLeader: () => leadership.lease() !== undefined,
    recall: taking.recall,
    poll: taking.look,
    rotate: taking.rotate,
    tick,
    reconsider: () => {
      declarer.forget();
      reconsider();
    },
    close: leadership.release,
  };
}
