import type { RenderedPolicy } from "../core/android-policy/render-policy.ts";
import { sourceFinder } from "../core/android-policy/sources.ts";
import { type Judgement, judgeDetail, type NonComplianceDetail } from "./non-compliance.ts";

/** What a report says of one item. */
export interface Blame extends Judgement {
  /** Key of the item; `reeve` where reeve itself put it into the policy. */
  readonly item: string;
  /** The value that it is about, as far as the report says which; its place in the manifest is known by it. */
  readonly leaf?: string;
}

export interface Blames {
  readonly items: readonly Blame[];
  /** Details that no item of this policy explains: it is not the one that the device reports about. */
  readonly unexplained: readonly NonComplianceDetail[];
}

/**
 * Translates what a device does not comply with back to the items that asked for it. `rendered` must be the policy that
 * the device had applied when it reported: paths count places in its lists. An item that no detail is about is not
 * judged here; that a report is silent about an app says nothing (`isShown`).
 */
export function blame(
  details: readonly NonComplianceDetail[],
  rendered: Pick<RenderedPolicy, "sources" | "body">,
): Blames {
  const items: Blame[] = [];
  const unexplained: NonComplianceDetail[] = [];
  const find = sourceFinder(rendered.sources);
  const indexes = indexesOf(rendered.body.applications);
  for (const detail of details) {
    const found = placesOf(detail, find, indexes);
    const judgement = judgeDetail(detail);
    if (found.length === 0) unexplained.push(detail);
    for (const { item, leaf } of found)
      items.push({ item, ...judgement, ...(leaf === undefined ? {} : { leaf }) });
  }
  return { items: worstOf(items), unexplained };
}

interface Found {
  readonly item: string;
  readonly leaf?: string;
}

/** The most exact of what a detail names: the field, then the app, then the whole setting. */
function placesOf(
  { fieldPath = "", packageName, settingName = "" }: NonComplianceDetail,
  find: ReturnType<typeof sourceFinder>,
  indexes: ReadonlyMap<unknown, number>,
): readonly Found[] {
  const index = packageName === undefined ? undefined : indexes.get(packageName);
  const paths = [
    fieldPath.slice(0, 1_000),
    index === undefined ? "" : `applications[${index}]`,
    // A whole list of apps is nobody's fault in particular.
    settingName === "applications" && packageName !== undefined ? "" : settingName,
  ];
  const found = paths.map(find).find((all) => all.length > 0) ?? [];
  const leaf = found.length === 1 && found[0] !== undefined ? { leaf: found[0].leaf } : {};
  const items = new Set(found.flatMap((one) => one.items));
  return [...items].map((item) => ({ item, ...leaf }));
}

/** The places of apps by their packages. */
function indexesOf(applications: unknown): ReadonlyMap<unknown, number> {
  const list: readonly unknown[] = Array.isArray(applications) ? applications : [];
  return new Map(list.map((one, index) => [(one as { packageName?: unknown } | null)?.packageName, index]));
}

const severity = { failed: 0, unsupported: 1, user: 2, pending: 3 } as const;

/** One judgement for each item: what is wrong comes before what merely takes its time. */
function worstOf(blames: readonly Blame[]): readonly Blame[] {
  const byItem = new Map<string, Blame>();
  for (const one of blames) {
    const known = byItem.get(one.item);
    if (known === undefined || severity[one.verdict] < severity[known.verdict]) byItem.set(one.item, one);
  }
  return [...byItem.values()].sort((a, b) => (a.item < b.item ? -1 : a.item > b.item ? 1 : 0));
}

/** An app of a device's report (ApplicationReport). */
export interface AppReport {
  readonly packageName?: string;
  readonly state?: string;
}

/** Whether a device has an app, by its report; undefined where the report is silent, which says nothing. */
export function isShown(packageName: string, reports: readonly AppReport[] | undefined): boolean | undefined {
  const found = reports?.find((one) => one.packageName === packageName);
  if (found === undefined) return undefined;
  return found.state === "INSTALLED" ? true : found.state === "REMOVED" ? false : undefined;
}
