import { type Fields, isFields } from "./leaves.ts";
import type { RenderedPolicy } from "./render-policy.ts";

/** What a policy takes from devices that had another one before. */
export interface Uninstalls {
  /**
   * Packages that the policy before had put or allowed there, with the items that asked for them then, and those that
   * are blocked now, with the items that block them.
   */
  readonly apps: readonly Uninstalled[];
  /** From now on every app that the policy does not name goes, also what users have installed. */
  readonly others: boolean;
}

export interface Uninstalled {
  readonly packageName: string;
  readonly items: readonly string[];
  /** It is named, as blocked. */
  readonly blockedBy?: readonly string[];
}

type Policy = Pick<RenderedPolicy, "body" | "sources">;

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
 * and what is blocked (Policy.playStoreMode, ApplicationPolicy.installType). An app that merely was available, or that
 * any user could install, may not be there; it is counted, because nobody knows. `before` undefined: the device had no
 * policy yet and loses nothing of ours.
 */
export function uninstalls(before: Policy | undefined, after: Policy): Uninstalls {
  if (before === undefined) return { apps: [], others: false };
  const had = new Map(applicationsOf(before));
  const has = new Map(applicationsOf(after));
  const [wasClosed, isClosed] = [takesOthers(before.body), takesOthers(after.body)];
  const left = [...had].flatMap(([packageName, { isPresent, items }]): readonly Uninstalled[] =>
    isPresent && isClosed && !has.has(packageName) ? [{ packageName, items }] : [],
  );
  const blocked = [...has].flatMap(([packageName, app]): readonly Uninstalled[] => {
    const known = had.get(packageName);
    const mayBeThere = known?.isPresent ?? !wasClosed;
    if (app.isPresent || !mayBeThere) return [];
    return [{ packageName, items: known?.items ?? app.items, blockedBy: app.items }];
  });
  return { apps: [...left, ...blocked].sort(byPackage), others: isClosed && !wasClosed };
}

/**
 * Only named apps may be there, which is Google's default. While users may not uninstall apps, those that the policy
 * does not name stay as well (Policy.uninstallAppsDisabled).
 */
function takesOthers({ playStoreMode, uninstallAppsDisabled }: Fields): boolean {
  return playStoreMode !== "BLACKLIST" && uninstallAppsDisabled !== true;
}

function applicationsOf({ body: { applications }, sources }: Policy) {
  const all = Array.isArray(applications) ? applications.filter(isFields) : [];
  const asking = itemsByIndex(sources);
  return all.flatMap(({ packageName, installType = "AVAILABLE" }, index) => {
    if (typeof packageName !== "string") return [];
    const items = [...(asking.get(String(index)) ?? [])];
    return [[packageName, { isPresent: present.has(installType), items }] as const];
  });
}

/** Who asks for each app, in one walk: policies have up to 3,000 of them. */
function itemsByIndex(sources: RenderedPolicy["sources"]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [path, { items }] of Object.entries(sources)) {
    const index = /^applications\[(\d+)\]\./.exec(path)?.[1];
    if (index === undefined) continue;
    const asking = found.get(index) ?? new Set();
    for (const item of items) asking.add(item);
    found.set(index, asking);
  }
  return found;
}

function byPackage(a: Uninstalled, b: Uninstalled): number {
  return a.packageName < b.packageName ? -1 : 1;
}
