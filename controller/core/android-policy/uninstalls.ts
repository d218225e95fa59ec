import { type Fields, isFields } from "./leaves.ts";
import type { RenderedPolicy } from "./render-policy.ts";

/** What a policy takes from devices that had another one before. */
export interface Uninstalls {
  /** Packages that the policy before had put or allowed there, with the items that asked for them then. */
  readonly apps: readonly { readonly packageName: string; readonly items: readonly string[] }[];
  /** From now on every app that the policy does not name goes, also what users have installed. */
  readonly others: boolean;
}

/** Install types by which an app may be on a device. */
const present: ReadonlySet<unknown> = new Set([
  "AVAILABLE",
  "CUSTOM",
  "FORCE_INSTALLED",
  "KIOSK",
  "PREINSTALLED",
  "REQUIRED_FOR_SETUP",
]);

/**
 * Which apps a device loses when `after` takes the place of `before`: what is not named where only named apps may be,
 * and what is blocked (Policy.playStoreMode, ApplicationPolicy.installType). An app that merely was available may not
 * be there; it is counted, because nobody knows. `before` undefined: the device had no policy yet and loses nothing of ours.
 */
export function uninstalls(
  before: Pick<RenderedPolicy, "body" | "sources"> | undefined,
  after: Pick<RenderedPolicy, "body">,
): Uninstalls {
  if (before === undefined) return { apps: [], others: false };
  const had = applicationsOf(before.body);
  const has = new Map(applicationsOf(after.body).map((one) => [one.packageName, one]));
  const isClosed = isAllowlist(after.body) && !keepsApps(after.body);
  const apps = had.flatMap(({ packageName, installType = "AVAILABLE" }, index) => {
    if (typeof packageName !== "string" || !present.has(installType)) return [];
    const now = has.get(packageName);
    const goes = now === undefined ? isClosed : now.installType === "BLOCKED";
    return goes ? [{ packageName, items: itemsAt(before.sources, index) }] : [];
  });
  return { apps, others: isClosed && !isAllowlist(before.body) };
}

/** Google's default is the list of allowed apps. */
function isAllowlist({ playStoreMode }: Fields): boolean {
  return playStoreMode !== "BLACKLIST";
}

/** While users may not uninstall apps, those that leave the list stay as well (Policy.uninstallAppsDisabled). */
function keepsApps({ uninstallAppsDisabled }: Fields): boolean {
  return uninstallAppsDisabled === true;
}

function applicationsOf({ applications }: Fields): readonly Fields[] {
  return Array.isArray(applications) ? applications.filter(isFields) : [];
}

function itemsAt(sources: RenderedPolicy["sources"], index: number): readonly string[] {
  const found = Object.entries(sources).filter(([path]) => path.startsWith(`applications[${index}].`));
  return [...new Set(found.flatMap(([, { items }]) => items))];
}
