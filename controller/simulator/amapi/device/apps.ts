import type { Cloud } from "../cloud.ts";
import { PLAY_VERSION, type Policy } from "../kept.ts";
import { type App, type Machine, note, pace } from "./machine.ts";

type AppPolicy = NonNullable<Policy["applications"]>[number];

/** Install types that put an app on the device without anybody's doing. */
const REQUIRED = ["FORCE_INSTALLED", "REQUIRED_FOR_SETUP", "KIOSK", "PREINSTALLED"];

/** Begins what the applied policy asks of apps: installations, updates and removals take their time. */
export function reviseApps(cloud: Cloud, machine: Machine): void {
  const policy = machine.management?.applied?.body;
  if (policy === undefined) return;
  const wanted = new Map((policy.applications ?? []).map((app) => [String(app.packageName), app]));
  for (const [packageName, app] of wanted) reviseApp(cloud, machine, packageName, app);
  // Apps that left the list stay while nothing may be uninstalled (Policy.uninstallAppsDisabled).
  const isAllowList = policy.playStoreMode !== "BLACKLIST" && policy.uninstallAppsDisabled !== true;
  for (const [packageName, app] of machine.apps)
    if (isAllowList && !wanted.has(packageName)) beginRemoval(cloud, machine, app);
  planApps(cloud, machine);
}

function reviseApp(cloud: Cloud, machine: Machine, packageName: string, wish: AppPolicy): void {
  const app = machine.apps.get(packageName);
  const type = wish.installType ?? "AVAILABLE";
  if (type === "BLOCKED") {
    if (app !== undefined) beginRemoval(cloud, machine, app);
    return;
  }
  if (app === undefined || app.state === "absent") {
    const isPreinstalledOnce = type === "PREINSTALLED" && app !== undefined && app.failure === undefined;
    if (REQUIRED.includes(type) && !isPreinstalledOnce)
      beginInstallation(cloud, machine, packageName, "policy");
    return;
  }
  if (app.state === "uninstalling") app.state = "installed";
  const isOld = app.versionCode < Number(wish.minimumVersionCode ?? 0);
  if (isOld && app.state === "installed" && newest(cloud, packageName) > app.versionCode) {
    app.state = "updating";
    app.dueAt = cloud.now() + pace(cloud, machine, cloud.knobs.installMs);
  }
}

/** The app is on its way; whether it arrives is seen when its time is over. */
export function beginInstallation(cloud: Cloud, machine: Machine, packageName: string, by: App["by"]): void {
  const dueAt = cloud.now() + pace(cloud, machine, cloud.knobs.installMs);
  machine.apps.set(packageName, { versionCode: 0, state: "installing", dueAt, by });
  planApps(cloud, machine);
}

function beginRemoval(cloud: Cloud, machine: Machine, app: App): void {
  if (app.state === "absent" || app.state === "uninstalling") return;
  app.state = "uninstalling";
  app.dueAt = cloud.now() + pace(cloud, machine, cloud.knobs.uninstallMs);
}

/** Looks again when the next app is due. */
function planApps(cloud: Cloud, machine: Machine): void {
  const due = [...machine.apps.values()].flatMap(({ dueAt }) => (dueAt === undefined ? [] : [dueAt]));
  if (due.length > 0) cloud.timers.at("apps", machine.serial, Math.min(...due));
}

/** Ends what is due by now; true when something changed. */
export function finishApps(cloud: Cloud, machine: Machine): boolean {
  const now = cloud.now();
  const due = [...machine.apps].filter(([, { dueAt }]) => dueAt !== undefined && dueAt <= now);
  // Without a network nothing is downloaded; what is removed needs none.
  const able = due.filter(([, app]) => machine.online || app.state === "uninstalling");
  for (const [packageName, app] of able) finishApp(cloud, machine, packageName, app);
  for (const [, app] of due)
    if (app.dueAt !== undefined) app.dueAt = now + pace(cloud, machine, cloud.knobs.installMs);
  if (machine.online) planApps(cloud, machine);
  return able.length > 0;
}

function finishApp(cloud: Cloud, machine: Machine, packageName: string, app: App): void {
  delete app.dueAt;
  if (app.state === "uninstalling") {
    machine.apps.delete(packageName);
    if (app.versionCode > 0) {
      machine.management?.removedApps.push(packageName);
      note(cloud, machine, { type: "app-uninstalled", packageName, by: "policy" });
    }
    return;
  }
  const reason =
    machine.moods.appsFail ?? (cloud.kept.missingApps.has(packageName) ? "NOT_FOUND" : undefined);
  if (reason !== undefined) {
    app.state = app.versionCode > 0 ? "installed" : "absent";
    app.failure = reason;
    note(cloud, machine, { type: "app-failed", packageName, reason });
    return;
  }
  const type = app.state === "updating" ? "app-updated" : "app-installed";
  delete app.failure;
  app.versionCode = newest(cloud, packageName);
  app.state = "installed";
  note(cloud, machine, { type, packageName, versionCode: app.versionCode });
}

function newest({ kept }: Cloud, packageName: string): number {
  return kept.appVersions.get(packageName) ?? PLAY_VERSION;
}

/** Holds the device in the app that the policy makes its kiosk, once it is there; or in none any more. */
export function reviseKiosk(cloud: Cloud, machine: Machine): void {
  const { management } = machine;
  if (management === undefined) return;
  const isKiosk = (app: AppPolicy) =>
    app.installType === "KIOSK" || (app.roles ?? []).some(({ roleType }) => roleType === "KIOSK");
  const wanted = management.applied?.body.applications?.find(isKiosk)?.packageName ?? undefined;
  const state = machine.apps.get(wanted ?? "")?.state;
  const isThere = management.mode === "fully-managed" && (state === "installed" || state === "updating");
  const packageName = isThere ? wanted : undefined;
  if (packageName === management.kiosk) return;
  if (packageName === undefined) delete management.kiosk;
  else management.kiosk = packageName;
  note(cloud, machine, { type: "kiosk", packageName });
}
