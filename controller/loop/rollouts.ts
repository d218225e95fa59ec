import type { Compiled } from "../core/compiled.ts";
import type { Event } from "../core/ledger.ts";
import type { Rollout } from "../core/rollout.ts";
import { syncRollouts } from "../core/rollout-sync.ts";
import { withRollouts } from "../core/seen-policies.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import { revisionInForce } from "../store/revisions.ts";
import { listRollouts, writeRollouts } from "../store/rollouts.ts";
import type { Latches } from "./latches.ts";
import type { Revised } from "./reviser.ts";

/** What this process knows of the rollouts in the store. */
export interface Rollouts {
  /** All of them, by policy. */
  readonly all: () => ReadonlyMap<string, Rollout>;
  /** A policy set as devices see it while they are under way; the same object while they see the same. */
  readonly over: (compiled: Compiled) => Compiled;
  readonly asSeen: (revised: Revised) => Revised;
  /** Reads them when somebody has written one since; true when more changed than the time that waves are watched. */
  readonly refresh: (latches: Latches) => Promise<boolean>;
  /**
   * Has them begin, go back or end as a policy set needs it, before the set comes into force: a process that ends in
   * between has lost nothing. `before` is the set in force, undefined where none is or nobody can read it.
   */
  readonly prepare: (compiled: Compiled, before: Compiled | undefined, pass: Pass) => Promise<void>;
  readonly isPrepared: (compiled: Compiled) => boolean;
}

interface Pass {
  readonly at: number;
  readonly lease: Lease | undefined;
}

/** The rollouts of a store. */
export function createRollouts(store: Store): Rollouts {
  let known: ReadonlyMap<string, Rollout> = new Map();
  let seen = "[]";
  let stamp: number | undefined;
  let prepared: Compiled | undefined;
  const plain = new WeakMap<Compiled, Compiled>();
  const over = new WeakMap<Compiled, { readonly seen: string; readonly compiled: Compiled }>();

  /** True when devices see something else, or a rollout goes on or stops. */
  async function reload(): Promise<boolean> {
    known = await listRollouts(store);
    const fresh = JSON.stringify([...known.values()].map(tellingOf));
    const isNew = fresh !== seen;
    seen = fresh;
    return isNew;
  }

  function plainOf(compiled: Compiled): Compiled {
    return plain.get(compiled) ?? compiled;
  }

  function overOf(compiled: Compiled): Compiled {
    const base = plainOf(compiled);
    const cached = over.get(base);
    if (cached?.seen === seen) return cached.compiled;
    const result = withRollouts(base, [...known.values()]);
    over.set(base, { seen, compiled: result });
    if (result !== base) plain.set(result, base);
    return result;
  }

  return {
    all: () => known,
    over: overOf,
    asSeen(revised) {
      const compiled = overOf(revised.compiled);
      return compiled === revised.compiled ? revised : { ...revised, compiled };
    },
    async refresh({ rollouts }) {
      if (rollouts === stamp) return false;
      const isNew = await reload();
      stamp = rollouts;
      return isNew;
    },
    async prepare(compiled, before, { at, lease }) {
      const base = plainOf(compiled);
      if (prepared === base) return;
      // Until it is over what is known belongs to neither the one nor the other.
      prepared = undefined;
      const first = before === undefined && (await revisionInForce(store)) === undefined;
      const coming = { compiled: base, before, first, at };
      let changes = syncRollouts(known, coming);
      while (
        !(await writeRollouts(store, { ...changes, known, events: toldOf(changes, coming) }, at, lease))
      ) {
        await reload();
        changes = syncRollouts(known, coming);
      }
      if (changes.put.length + changes.drop.length > 0) await reload();
      prepared = base;
    },
    isPrepared: (compiled) => prepared === plainOf(compiled),
  };
}

function toldOf(
  { events }: ReturnType<typeof syncRollouts>,
  { compiled: { revision }, at }: { readonly compiled: Compiled; readonly at: number },
): readonly Event[] {
  return events.map(({ policy, ...event }) => ({ ...event, at, subject: `Policy/${policy}`, revision }));
}

/** Of a rollout all but the time for which its wave has been watched. */
function tellingOf({ policy, seed, layers, status, judgedFrom }: Rollout): unknown {
  return [
    policy,
    seed,
    status,
    judgedFrom,
    layers.map(({ version, below, share }) => [version, below, share]),
  ];
}
