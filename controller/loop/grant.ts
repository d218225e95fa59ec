import { digestOf } from "../core/canonical.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { type Regrant, type RegrantOptions, regrant } from "../store/admission.ts";
import type { Store } from "../store/open.ts";

/** A group and what it is granted now. */
export interface Grant extends Regrant {
  readonly group: AdmissionGroup;
  /** Something is taken from these channels. */
  readonly removes?: boolean;
  /** These channels may be cut off by it. */
  readonly isolates?: boolean;
}

export interface GrantOptions extends RegrantOptions {
  /**
   * Called before so many channels are written from which something is taken, or which may be cut off: a process that
   * ends in between did less.
   */
  readonly before: (losing: number, cutOff: number) => Promise<void>;
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
    const losing = batch.reduce((sum, one) => sum + (one.removes === true ? one.group.count : 0), 0);
    const cutOff = batch.reduce((sum, one) => sum + (one.isolates === true ? one.group.count : 0), 0);
    if (losing + cutOff > 0) await options.before(losing, cutOff);
    const counts = await regrant(store, batch, options);
    for (const [index, one] of batch.entries()) if (isNew(one)) changed += counts[index] ?? 0;
  }

  return {
    async grant(grant) {
      if (!isNew(grant) && grant.group.awaiting !== true) return;
      // Two parts of one group must not be looked for in the same statement.
      if (grant.limit !== undefined) await write();
      waiting.push(isOnlyWaiting(grant) ? { ...grant, sleeps: true } : grant);
      devices += grant.group.count;
      if (devices >= atOnce[store.kind] || grant.limit !== undefined) await write();
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
