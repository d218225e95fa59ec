import type { DeclarationEntry } from "./declarations.ts";
import type { GrantedItem } from "./granted.ts";
import { awaitedHeir, isThere } from "./heirs.ts";
import { isDeclared } from "./kept.ts";
import { isByTurns } from "./replaced-by.ts";
import { connectsFor, trustsFor } from "./risk.ts";
import type { Situation } from "./situation.ts";

/**
 * The entries of a set that must stay until what takes their place is verified: those of an item that was renamed, or
 * has another identifier by now, and of one that is to come as a profile, which can only come when its declaration is
 * gone. What is declared again the device replaces in one step, whatever its name.
 */
export function awaitingHeirs(situation: Situation): readonly DeclarationEntry[] {
  const { granted, declared } = situation;
  if (granted === undefined || declared === undefined) return [];
  const declarations = granted.items.filter(({ kind }) => kind === "Declarations");
  const stays = new Set<string | undefined>(declarations.map(({ id }) => id));
  return declared.entries.filter((entry) => !stays.has(entry.of) && heirOf(entry, situation) !== undefined);
}

/** What an entry of a set waits for, if it leaves. */
export function heirOf(entry: DeclarationEntry, situation: Situation): GrantedItem | undefined {
  const was = { kind: "Declarations", id: entry.of ?? "" } as const;
  return awaitedHeir(entry.item, was, situation) ?? awaitedInTurn(was, situation);
}

/**
 * What must be there before a network, or certificates, that were declared go for the profile that comes then: another
 * one, unless some are there. What is to come in the same way itself is none, for the two would wait for each other.
 */
function awaitedInTurn(
  was: Pick<GrantedItem, "kind" | "id">,
  { granted, observed, state }: Situation,
): GrantedItem | undefined {
  const { items = [], leftAlone = [] } = granted ?? {};
  const next = items.find((one) => isByTurns(was, one));
  if (next === undefined) return undefined;
  const others = [...items, ...leftAlone].filter(
    (one) =>
      one !== next && one.lasts === undefined && !(one.kind === "Profile" && isDeclared(one.id, observed)),
  );
  const first = (all: readonly GrantedItem[]): GrantedItem | undefined =>
    all.some((one) => isThere(one, { granted, observed, state })) ? undefined : all[0];
  return (
    first(others.filter((one) => connectsFor(one, next))) ??
    first(others.filter((one) => trustsFor(one, next)))
  );
}
