import { type GrantedItem, isAndroid } from "./granted.ts";
import type { Observed, Owned } from "./observed.ts";

/** ManagedApplicationList states of an app that management does not have: gone, or the user's own. */
const notManaged: ReadonlySet<string> = new Set([
  "ManagedButUninstalled",
  "UserInstalledApp",
  "UserRejected",
  "ManagementRejected",
]);

/** Whether a device holds a profile or a managed app, by its own report; undefined while it has not said. */
export function isThere({ kind, id }: Pick<Owned, "kind" | "id">, observed: Observed): boolean | undefined {
  if (kind === "Profile") return observed.profiles && Object.hasOwn(observed.profiles, id);
  if (isAndroid(kind)) return undefined;
  if (kind === "Book") return isOnTheShelf(id, observed);
  if (observed.apps === undefined) return undefined;
  const status = observed.apps[id]?.status;
  return status !== undefined && !notManaged.has(status);
}

/** ManagedMediaList states of a book that is not there. */
const noBook: ReadonlySet<string> = new Set(["ManagedButUninstalled", "Uninstalled", "Failed", "Unknown"]);

function isOnTheShelf(id: string, { books }: Observed): boolean | undefined {
  if (books === undefined) return undefined;
  const status = books[id]?.status;
  return status !== undefined && !noBook.has(status);
}

/**
 * Whether a device has some version of a granted item, by its own report; on Android another one than what is granted,
 * as of that one it says more (applied-state.ts).
 */
export function isInstalled(item: GrantedItem, observed: Observed): boolean {
  if (item.kind === "Profile") return Object.hasOwn(observed.profiles ?? {}, item.id);
  if (item.kind === "Declarations")
    return (item.parts ?? []).some((part) => observed.declarations?.[part.identifier] !== undefined);
  if (isAndroid(item.kind)) {
    const applied = observed.applied?.[item.key];
    return applied?.id === item.id && applied.digest !== item.digest;
  }
  return observed.apps?.[item.id]?.status === "Managed";
}
