import type { Source } from "./build-body.ts";
import type { Fields } from "./leaves.ts";
import { uninstalls } from "./uninstalls.ts";

/** A policy as it was written, or would be. */
export interface WrittenPolicy {
  readonly items: Readonly<
    Record<string, { readonly id: string; readonly digest: string; readonly onLeave: "remove" | "keep" }>
  >;
  readonly body: Fields;
  readonly sources: Readonly<Record<string, Source>>;
}

/** Somebody else's, which may have let its devices have any app. */
export const anyPolicy: WrittenPolicy = { items: {}, body: { playStoreMode: "BLACKLIST" }, sources: {} };

/**
 * What devices lose when a policy takes the place of the one before, by the keys of the items that go or that take
 * apps away; by packages where no item does. Empty when nothing goes. An item under another name is the same one.
 */
export function takenAway(before: WrittenPolicy, after: WrittenPolicy): readonly string[] {
  const kept = Object.values(after.items);
  const leaving = Object.entries(before.items).flatMap(([key, { id, digest, onLeave }]) => {
    const stays = key in after.items || kept.some((one) => one.id === id || one.digest === digest);
    return stays || onLeave === "keep" ? [] : [key];
  });
  const { apps, others } = uninstalls(before, after);
  const going = apps.flatMap(({ packageName, items, blockedBy }) => {
    const by = blockedBy ?? items;
    return by.length === 0 ? [packageName] : by;
  });
  return [...new Set([...leaving, ...going, ...(others ? ["other apps"] : [])])].sort();
}
