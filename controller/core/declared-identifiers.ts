import { legacyIdentifier, partIdentifier } from "./declared-identifier.ts";
import type { GrantedItem } from "./granted.ts";

/** What an item is called as declarations, also while it goes as a profile: that can only come when these are gone. */
export function identifiersOf({ id, parts = [] }: Pick<GrantedItem, "id" | "parts">): ReadonlySet<string> {
  return new Set([
    legacyIdentifier(id),
    partIdentifier(id, ":activation"),
    ...parts.map((part) => part.identifier),
  ]);
}
