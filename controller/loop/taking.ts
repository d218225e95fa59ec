import type { Compiled } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { RevisionRow } from "../core/ports.ts";
import { describe, Retry, UserError } from "../errors.ts";
import type { Snapshot } from "../git/source.ts";
import type { Lease } from "../store/leader.ts";
import { revisionInForce } from "../store/revisions.ts";
import { freezeRemovals, watchFirst } from "./caution.ts";
import { withLastFingerprints } from "./fingerprints.ts";
import { putInForce, recallInForce } from "./in-force.ts";
import type { ReconcilerPorts } from "./reconciler-ports.ts";
import { noteRefused } from "./refused-revision.ts";
import type { Revised } from "./reviser.ts";
import type { Rollouts } from "./rollouts.ts";
import { rotate } from "./rotate.ts";
import { type SourceState, withoutError } from "./source-state.ts";
import { type Vouched, vouch } from "./vouched.ts";

/** A revision that this process works with, and who stands for it. */
export interface Taken {
  readonly revised: Revised;
  readonly author: string;
}

/** How revisions come into force, and how this process comes to know them. */
export interface Taking {
  readonly current: () => Taken | undefined;
  readonly sourceState: () => SourceState;
  /** Looks at the source; what is new comes into force where this process leads. */
  readonly look: () => Promise<void>;
  /** Reads the secrets in use again, where this process leads. */
  readonly rotate: () => Promise<void>;
  /**
   * Of who has come to lead: goes on with what is in force. False while nobody can read that here, and it would be a
   * revision of before that is granted.
   */
  readonly catchUp: () => Promise<boolean>;
  /** Of who does not lead: answers devices with the revision that the leader put in force. */
  readonly follow: () => Promise<void>;
  /** Takes up what is in force without looking at the source. */
  readonly recall: () => Promise<void>;
  /** Before a pass over a revision that another version of this program has put in force. */
  readonly prepare: () => Promise<void>;
  /** Devices see the same revision otherwise, because rollouts went on. */
  readonly reseen: () => void;
}

interface Around {
  readonly rollouts: Rollouts;
  readonly lead: () => Promise<boolean>;
  readonly lease: () => Lease | undefined;
  readonly refreshLatches: () => Promise<void>;
  readonly statesOf: (compiled: Compiled) => DesiredStates;
  /** Something else is to be granted from now on. */
  readonly onTaken: () => void;
}

/** The part of the loop that takes revisions. */
export function createTaking(ports: ReconcilerPorts, around: Around): Taking {
  const { store, source, clock, reviser } = ports;
  const { rollouts, lease } = around;
  let current: Taken | undefined;
  let state: SourceState = {};
  let seen: string | undefined;
  let declined = false;
  let followed: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  /** In turn with looks at the source, so that nothing takes the place of a newer revision. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = turn.then(work, work);
    turn = next;
    return next;
  }

  function isInForce(inForce: RevisionRow | undefined): boolean {
    return inForce === undefined || inForce.id === current?.revised.compiled.revision;
  }

  async function rotateNow(): Promise<void> {
    if (current === undefined || lease() === undefined) return;
    const { revised, unreadable } = await rotate(store, reviser, ports.settings, current.revised, clock());
    state = { ...state, unreadable };
    if (revised === undefined) return;
    await prepare(revised);
    current = { ...current, revised: rollouts.asSeen(revised) };
    around.onTaken();
  }

  /** Before a policy set comes into force, and when this process takes up one that another has put in force. */
  async function prepare({ compiled }: Revised): Promise<void> {
    await rollouts.prepare(compiled, current?.revised.compiled, { at: clock(), lease: lease() });
  }

  async function look(): Promise<void> {
    try {
      current ??= await recall();
      const inForce = await revisionInForce(store);
      const snapshot = await source.poll(inForce?.id);
      state = { ...withoutError(state), lastPollAt: clock() };
      if (snapshot.revision === seen && (inForce?.id === seen || state.refused?.revision === seen)) return;
      declined = !(await around.lead());
      if (declined) return;
      await take(snapshot, inForce);
      seen = snapshot.revision;
    } catch (error) {
      state = { ...state, error: describe(error) };
      ports.onError?.("poll", error);
      if (!(error instanceof UserError) && !(error instanceof Retry)) throw error;
    }
  }

  async function recall(): Promise<Taken | undefined> {
    const recalled = await recallInForce(store, reviser, ports, clock());
    await around.refreshLatches();
    if (recalled === undefined) return undefined;
    return { author: recalled.author, revised: rollouts.asSeen(recalled.revised) };
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
    const [before, after] = [current?.revised.compiled, revision.revised.compiled];
    await watchFirst(store, { first, observeFirst, before, after, at: clock() });
    await freezeRemovals(store, snapshot, { before, states: around.statesOf(after) }, clock());
    await prepare(revision.revised);
    await begin(snapshot, revision.revised);
  }

  async function refuse(snapshot: Snapshot, found: readonly Diagnostic[]): Promise<void> {
    const refused = await noteRefused(store, snapshot, found, clock(), lease());
    state = { ...state, refused };
    ports.onRevision?.({ type: "refused", snapshot, diagnostics: refused.diagnostics });
  }

  async function begin(snapshot: Vouched, revised: Revised): Promise<void> {
    const taken = { snapshot, revised: rollouts.asSeen(revised), declared: revised.compiled };
    await putInForce(store, taken, clock(), lease());
    current = { revised: taken.revised, author: snapshot.author };
    const { refused: _refused, ...rest } = state;
    state = rest;
    around.onTaken();
    ports.onRevision?.({ type: "in-force", snapshot, compiled: revised.compiled });
  }

  async function catchUp(): Promise<boolean> {
    if (!isInForce(await revisionInForce(store))) current = (await recall()) ?? current;
    const isCurrent = isInForce(await revisionInForce(store));
    // The leader before may have sent what newer values make: older ones are not granted again.
    if (isCurrent) await rotateNow();
    // What came while another replica led is taken up by who leads now.
    if (declined || !isCurrent) await look();
    return isInForce(await revisionInForce(store));
  }

  /** Not in turn, for a look at the source may take long; so what such a look has taken stays. */
  async function follow(): Promise<void> {
    const inForce = await revisionInForce(store);
    if (isInForce(inForce) || inForce?.id === followed) return;
    const before = current;
    const recalled = await recall();
    if (current !== before) return;
    // A revision that this version cannot read leaves what was in force before; it is not read again at each tick.
    current = recalled ?? current;
    followed = inForce?.id;
  }

  async function prepareCurrent(): Promise<void> {
    if (current === undefined) return;
    await prepare(current.revised);
    reseen();
  }

  function reseen(): void {
    if (current !== undefined) current = { ...current, revised: rollouts.asSeen(current.revised) };
  }

  return {
    current: () => current,
    sourceState: () => state,
    look: () => inTurn(look),
    rotate: () => inTurn(rotateNow),
    catchUp: () => inTurn(catchUp),
    follow,
    recall: () =>
      inTurn(async () => {
        await around.refreshLatches();
        current = await recall();
      }),
    prepare: () => inTurn(prepareCurrent),
    reseen,
  };
}
