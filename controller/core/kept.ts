import { legacyIdentifier } from "./declared-identifier.ts";
import type { Granted, GrantedItem } from "./granted.ts";
import type { Observed } from "./observed.ts";

/**
 * What must not be removed by command, as `KIND/ID`: what is granted or left alone, what was let go, and the profiles that a granted
 * declaration wraps. The device takes such a profile over from its management, and removing it would take it away again.
 */
export function keptIds({
  items,
  letGo = [],
  leftAlone = [],
}: Pick<Granted, "items" | "letGo" | "leftAlone">): ReadonlySet<string> {
  return new Set([
    ...[...items, ...leftAlone].flatMap((item) => [`${item.kind}/${item.id}`, ...wrappedBy(item)]),
    ...letGo,
  ]);
}

/** The profile that an item wraps, as `Profile/ID`. */
export function wrappedBy(item: GrantedItem): readonly string[] {
  return item.kind === "Declarations" && item.wraps === true ? [`Profile/${item.id}`] : [];
}

/** True while a profile is a declaration's: it can be neither replaced nor removed by command. */
export function isDeclared(profile: string, { declarations }: Pick<Observed, "declarations">): boolean {
  return declarations?.[legacyIdentifier(profile)] !== undefined;
}

/** The digest of what a person would say an item is: of the profile, in whatever form it goes to the device. */
export function contentOf({ digest, orProfile }: Pick<GrantedItem, "digest" | "orProfile">): string {
  return orProfile?.digest ?? digest;
}
