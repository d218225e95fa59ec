import { devicesOf } from "../core/budget-room.ts";
import { digestOf } from "../core/canonical.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import type { Store } from "../store/open.ts";
import { type Regrant, type RegrantOptions, regrant, type Taking } from "../store/regrant.ts";

/** A group and what it is granted now. */
export interface Grant extends Regrant {
  readonly group: AdmissionGroup;
  /** So many devices of it may be counted that budgets have not counted yet; all of them when absent. */
  readonly fresh?: number;
}

export interface GrantOptions extends RegrantOptions {
  /** Called before those are written that take something from devices, or may cut them off. */
  readonly before: (takings: readonly (Grant & Taking)[]) => Promise<void>;
}

/** Writes granted states, those of many groups in one statement. */
export interface Granter {
  readonly grant: (grant: Grant) => Promise<void>;
  /** Writes what is left; how many channels were granted something else than before. */
  readonly end: () => Promise<number>;
}

/** Devices of one statement. Embedded, a statement holds up everything else in the process. */
const atOnce = { server: 10_000, embedded: 500 } as const;

/** What a group has already is not written again, unless some of its devices wait for a word. */
export function createGranter(store: Store, options: GrantOptions): Granter {
  let waiting: Grant[] = [];
  let devices = 0;
  let changed = 0;

  async function write(): Promise<void> {
    const batch = waiting;
    waiting = [];
    devices = 0;
    if (batch.length === 0) return;
    const takings = batch.filter((one) => one.removes === true || one.isolates === true);
    if (takings.length > 0)
      await options.before(takings.map((one) => ({ ...one, fresh: one.fresh ?? devicesOf(one.group) })));
    const counts = await regrant(store, batch, options);
    for (const [index, one] of batch.entries()) if (isNew(one)) changed += counts[index] ?? 0;
  }

  return {
    async grant(grant) {
      if (!isNew(grant) && grant.group.awaiting !== true) return;
      // Two parts of one group must not be looked for in the same statement.
      const isPart = grant.limit !== undefined || grant.fresh !== undefined;
      if (isPart) await write();
      waiting.push(isOnlyWaiting(grant) ? { ...grant, sleeps: true } : grant);
      devices += grant.group.count;
      if (devices >= atOnce[store.kind] || isPart) await write();
    },
    async end() {
      await write();
      return changed;
    },
  };
}

function isNew({ group, granted }: Grant): boolean {
  return granted.id !== group.granted?.id;
}

/** True when only what waits for a window is told in other words: nothing is to be sent. */
function isOnlyWaiting({ group, granted }: Grant): boolean {
  if (group.granted === undefined) return false;
  const { waiting: known, ...before } = group.granted.body;
  const { waiting: late, ...after } = granted.body;
  if (late === undefined && known === undefined) return false;
  return digestOf(before) === digestOf(after);
}
