import { LRUCache } from "lru-cache";
import { digestOf } from "../core/canonical.ts";
import type { Decision } from "../core/connect.ts";
import type { Facts } from "../core/facts.ts";
import { nothingObserved } from "../core/observed.ts";
import type { ChannelChange, ChannelRow } from "../core/ports.ts";

/** True when a decision has nothing to write. */
export function isNothing(row: ChannelRow, decision: Decision): boolean {
  return (
    decision.ledger.length === 0 &&
    decision.events.length === 0 &&
    decision.acts.length === 0 &&
    decision.observations.length === 0 &&
    decision.kept.length === 0 &&
    decision.state === row.state &&
    decision.dueAt === row.dueAt &&
    digest(decision.observed) === (row.observed?.id ?? digest(nothingObserved))
  );
}

/** Everything that a decision writes. */
export function changeOf(row: ChannelRow, decision: Decision, now: number): ChannelChange {
  const observed = { id: digest(decision.observed), body: decision.observed };
  return {
    id: row.id,
    version: row.version,
    state: decision.state,
    ...(observed.id === row.observed?.id ? {} : { observed }),
    ...factsOf(row, decision.facts),
    details: decision.observations.map(({ section, detail, patch }) => {
      return { section, detail, at: now, ...(patch === undefined ? {} : { patch }) };
    }),
    ...(decision.kept.length === 0 ? {} : { kept: decision.kept }),
    ledger: decision.ledger,
    acts: decision.acts,
    events: decision.events,
    dueAt: decision.dueAt,
    seenAt: now,
  };
}

/** Reported facts merge with what was known; asserted ones win. Nothing is written while nothing changes. */
function factsOf(row: ChannelRow, facts: Facts | undefined): Pick<ChannelChange, "facts"> {
  if (facts === undefined) return {};
  const reported = { ...row.reported, ...facts };
  const merged = { ...reported, ...row.asserted };
  const id = digestOf(merged);
  return id === row.facts?.id ? {} : { facts: { reported, merged: { id, body: merged } } };
}

const digests = new LRUCache<object, string>({ max: 5_000 });

/** The digest of an interned record, remembered by identity: the same object is asked for again and again. */
function digest(record: object): string {
  const known = digests.get(record);
  if (known !== undefined) return known;
  const fresh = digestOf(record);
  digests.set(record, fresh);
  return fresh;
}
