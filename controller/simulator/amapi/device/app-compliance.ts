import type { Detail, Policy } from "../kept.ts";
import type { Knobs } from "../knobs.ts";
import type { App, Machine } from "./machine.ts";

const REQUIRED = ["FORCE_INSTALLED", "REQUIRED_FOR_SETUP", "KIOSK"];
type AppPolicy = NonNullable<Policy["applications"]>[number];

/** What the device reports of the apps of its policy; an app that is being installed is not there yet. */
export function appDetails(machine: Machine, policy: Policy, knobs: Knobs): readonly Detail[] {
  return (policy.applications ?? []).flatMap((wish, at) => {
    const found = detailOf(machine.apps.get(wish.packageName ?? ""), wish);
    if (found === undefined) return [];
    const { field = knobs.appFieldPath, ...detail } = found;
    const packageName = wish.packageName ?? "";
    return { settingName: "applications", packageName, fieldPath: `applications[${at}].${field}`, ...detail };
  });
}

type Found = Pick<Detail, "nonComplianceReason" | "installationFailureReason"> & { readonly field?: string };

function detailOf(app: App | undefined, wish: AppPolicy): Found | undefined {
  const isThere = app !== undefined && app.versionCode > 0;
  const installationFailureReason = app?.failure ?? "IN_PROGRESS";
  if (wish.installType === "BLOCKED") return isThere ? { nonComplianceReason: "APP_INSTALLED" } : undefined;
  if (!isThere)
    return REQUIRED.includes(wish.installType ?? "")
      ? { nonComplianceReason: "APP_NOT_INSTALLED", installationFailureReason }
      : undefined;
  if (app.versionCode >= Number(wish.minimumVersionCode ?? 0)) return undefined;
  return { nonComplianceReason: "APP_NOT_UPDATED", installationFailureReason, field: "minimumVersionCode" };
}
