import type { Granted, GrantedItem, UnnamedApps } from "../granted.ts";
import { type Body, buildBody } from "./build-body.ts";
import { installTypes } from "./install-types.ts";
import { leavesOf } from "./leaves.ts";
import { type Asking, mergeLeaves } from "./merge-leaves.ts";
import { type Uninstalled, uninstalls } from "./uninstalls.ts";
import { keepingAskings, own, unnamedAppsIn } from "./unnamed-apps.ts";

/** What of a granted state decides which apps may be on a device. */
export type AppGrant = Pick<Granted, "items" | "leftAlone" | "letGo" | "unnamed">;

/** Apps that go when one granted state takes the place of another. */
export interface AppLosses {
  readonly apps: readonly Uninstalled[];
  /** All that the policy does not name go, by whom. */
  readonly others?: {
    /** The items that decide it, or that no longer stand against it. */
    readonly by: readonly string[];
    /** What the policy had said until then. */
    readonly before: UnnamedApps;
  };
}

/**
 * What a device loses by another granted state, from what both say of apps: the same merging as of whole policies.
 * `before` undefined: it had the policy of devices that enroll, which names no app and leaves none.
 */
export function appLosses(before: AppGrant | undefined, after: AppGrant): AppLosses {
  const [had, has] = [appsOf(before ?? { items: [] }), appsOf(after)];
  const { apps, others } = uninstalls(had, has);
  return {
    apps,
    ...(others ? { others: { by: flippedBy(had, has), before: unnamedAppsIn(had.body) ?? {} } } : {}),
  };
}

/** Where any app may be because somebody else's policy was there: nobody knows what it allowed. */
export const anyApps: AppGrant = { items: [], unnamed: { playStoreMode: "BLACKLIST" } };

function appsOf(granted: AppGrant): Body {
  const askings = [
    ...granted.items.flatMap((item) => askingOf(item, false)),
    ...(granted.leftAlone ?? []).flatMap((item) => askingOf(item, true)),
    ...keepingAskings(granted),
    { item: own, priority: Number.NEGATIVE_INFINITY, leaves: leavesOf({ playStoreMode: "WHITELIST" }) },
  ];
  return buildBody(mergeLeaves(askings).decided);
}

function askingOf(item: GrantedItem, stays: boolean): readonly Asking[] {
  const { key, kind, id, priority = 0, wish, unnamed } = item;
  const said =
    kind === "AndroidApp" && wish !== undefined
      ? { applications: [{ packageName: id.slice(id.indexOf(":") + 1), installType: installTypes[wish] }] }
      : { ...unnamed };
  const leaves = leavesOf(said);
  return leaves.length === 0 ? [] : [{ item: key, priority, leaves, ...(stays ? { stays: true } : {}) }];
}

/** Those who say it now; where nobody does, those who had said otherwise. */
function flippedBy(had: Body, has: Body): readonly string[] {
  const fields = ["playStoreMode", "uninstallAppsDisabled"];
  const whoSays = ({ body, sources }: Body, other: Body): readonly string[] => {
    const changed = fields.filter((field) => body[field] !== other.body[field]);
    const items = changed.flatMap((field) => sources[field]?.items ?? []);
    return [...new Set(items)].filter((item) => item !== own).sort();
  };
  const now = whoSays(has, had);
  return now.length > 0 ? now : whoSays(had, has);
}
