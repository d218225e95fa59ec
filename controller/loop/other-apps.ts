import { otherApps } from "../core/losses.ts";
import type { GroupPlan, PlanEntry } from "../core/plan.ts";
import type { Store } from "../store/open.ts";
import { reportedApps } from "../store/other-apps.ts";
import type { PreviewedFleet } from "./preview-fleet.ts";

/** Says in a plan what is known of the apps that go because no policy names them. */
export interface OtherApps {
  readonly add: (part: GroupPlan) => Promise<void>;
  readonly tell: (entries: readonly PlanEntry[]) => readonly PlanEntry[];
}

interface Found {
  readonly apps: Map<string, number>;
  known: number;
  devices: number;
}

const mostShown = 5;

/** Nothing found yet; what devices reported is read for those sets alone that lose such apps. */
export function findOtherApps(store: Store, { devicesOf }: Pick<PreviewedFleet, "devicesOf">): OtherApps {
  const found = new Map<string, Found>();
  return {
    async add({ group, desired, admission, actions }) {
      const line = actions.find(({ action, key }) => action === "remove" && key === otherApps);
      if (line?.reason === undefined) return;
      const named = desired.items.flatMap(({ kind, id }) =>
        kind === "AndroidApp" ? [id.slice(id.indexOf(":") + 1)] : [],
      );
      const letGo = (admission.granted.letGo ?? []).map((id) => id.slice(id.indexOf("/") + 1));
      const devices = await devicesOf(group);
      const reported = await reportedApps(
        store,
        devices.map(({ device }) => device),
        [...named, ...letGo],
      );
      const sum = found.get(line.reason) ?? { apps: new Map(), known: 0, devices: 0 };
      found.set(line.reason, sum);
      // A set of which the budget admits a part has the apps of the whole: which devices it will be, nobody knows yet.
      sum.devices += devices.length;
      sum.known += reported.known;
      for (const { packageName, devices: count } of reported.apps)
        sum.apps.set(packageName, (sum.apps.get(packageName) ?? 0) + count);
    },
    tell: (entries) =>
      entries.map((entry) => {
        const known = entry.key === otherApps ? found.get(entry.reason ?? "") : undefined;
        if (known === undefined) return entry;
        const alike = known.devices > entry.devices ? `, of ${known.devices} devices alike` : "";
        return { ...entry, reason: `${entry.reason}: ${describeApps(known)}${alike}` };
      }),
  };
}

/** `2 apps: com.a on 3, com.b on 1; unknown on 4 devices`. */
function describeApps({ apps, known, devices }: Found): string {
  const all = [...apps].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const shown = all.slice(0, mostShown).map(([name, count]) => `${name} on ${count}`);
  const more = all.length > mostShown ? `, and ${all.length - mostShown} more` : "";
  const said =
    known === 0 ? [] : [`${all.length} known${all.length === 0 ? "" : `: ${shown.join(", ")}${more}`}`];
  return [...said, ...(known < devices ? [`unknown on ${devices - known}`] : [])].join("; ");
}
