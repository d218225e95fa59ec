import type { DeclarationEntry } from "./declarations.ts";
import { identifiersOf } from "./declared-identifiers.ts";
import { awaitedHeir } from "./heirs.ts";
import type { Situation } from "./situation.ts";

/**
 * The entries of a set that must stay until what takes their place is verified: those of an item that was renamed, or
 * has another identifier by now. What keeps its identifier the device replaces in one step.
 */
export function awaitingHeirs(situation: Situation): readonly DeclarationEntry[] {
  const { granted, declared } = situation;
  if (granted === undefined || declared === undefined) return [];
  const byItem = Map.groupBy(declared.entries, (entry) => entry.item);
  return [...byItem].flatMap(([key, entries]) => {
    const heir = awaitedHeir(key, situation);
    if (heir === undefined) return [];
    const itself = granted.items.filter((one) => one.kind === "Declarations" && one.key === key);
    const names = [heir, ...itself].map(identifiersOf);
    return entries.some(({ identifier }) => names.some((one) => one.has(identifier))) ? [] : entries;
  });
}
