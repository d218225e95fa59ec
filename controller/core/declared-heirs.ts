import type { DeclarationEntry } from "./declarations.ts";
import type { GrantedItem } from "./granted.ts";
import { awaitedHeir } from "./heirs.ts";
import type { Situation } from "./situation.ts";

/**
 * The entries of a set that must stay until what takes their place is verified: those of an item that was renamed, or
 * has another identifier by now. What keeps its identifier the device replaces in one step, whatever its name, and a
 * profile can only come when its declaration is gone.
 */
export function awaitingHeirs(situation: Situation): readonly DeclarationEntry[] {
  const { granted, declared } = situation;
  if (granted === undefined || declared === undefined) return [];
  const declarations = granted.items.filter(({ kind }) => kind === "Declarations");
  const stays = new Set<string | undefined>(declarations.map(({ id }) => id));
  return declared.entries.filter((entry) => !stays.has(entry.of) && heirOf(entry, situation) !== undefined);
}

/** What an entry of a set waits for, if it leaves. */
export function heirOf(
  { item, of: id = "" }: DeclarationEntry,
  situation: Situation,
): GrantedItem | undefined {
  return awaitedHeir(item, { kind: "Declarations", id }, situation);
}
