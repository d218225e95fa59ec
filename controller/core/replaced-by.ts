import type { GrantedItem } from "./granted.ts";

/**
 * What each item takes the place of: what devices know under its identifier, whatever its name; else what was under its
 * name or the one before, unless another item has that identifier now.
 */
export function replacedBy(
  items: readonly GrantedItem[],
  earlier: readonly GrantedItem[],
): (item: GrantedItem) => GrantedItem | undefined {
  const byKey = new Map(earlier.map((item) => [item.key, item]));
  const byId = new Map(earlier.map((item) => [idOf(item), item]));
  const ids = new Set(items.map(idOf));
  return (item) => {
    const named = [item.key, ...(item.formerly ?? [])].flatMap((key) => byKey.get(key) ?? [])[0];
    return byId.get(idOf(item)) ?? (named === undefined || ids.has(idOf(named)) ? undefined : named);
  };
}

/** True when one is installed over the other; a profile is the same by whatever way it came. */
export function hasIdOf(
  one: Pick<GrantedItem, "kind" | "id">,
  other: Pick<GrantedItem, "kind" | "id">,
): boolean {
  return one.id === other.id && isSettings(one.kind) && isSettings(other.kind);
}

/** True when a device has one or the other, and nothing in between: a profile comes when its declaration is gone. */
export function isByTurns(
  before: Pick<GrantedItem, "kind" | "id"> | undefined,
  after: Pick<GrantedItem, "kind" | "id">,
): boolean {
  return before?.kind === "Declarations" && after.kind === "Profile" && before.id === after.id;
}

function isSettings(kind: GrantedItem["kind"]): boolean {
  return kind === "Profile" || kind === "Declarations";
}

/** What devices know an item by: a profile is the same by whatever way it came. */
export function idOf({ kind, id }: GrantedItem): string {
  return `${kind === "Declarations" ? "Profile" : kind}/${id}`;
}
