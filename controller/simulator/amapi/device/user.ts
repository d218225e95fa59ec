import { createHash } from "node:crypto";
import type { Cloud } from "../cloud.ts";
import { beginInstallation } from "./apps.ts";
import { enforce } from "./enforcement.ts";
import { passwordOf } from "./execute.ts";
import { leave } from "./leave.ts";
import { endLostMode } from "./lost-mode.ts";
import { type Machine, note } from "./machine.ts";
import { installUpdate } from "./os-update.ts";
import { planReport } from "./plan-report.ts";

/** The person who holds the device. Each act says whether the device let it happen. */
export type User = {
  setsPassword(password: string): boolean;
  /** True when the device opens with it; without a lock it always does. */
  unlocksWith(password: string): boolean;
  /** The same, and a wrong one counts: the policy may wipe after so many. */
  triesPassword(password: string): boolean;
  installs(packageName: string): boolean;
  uninstalls(packageName: string): boolean;
  /** Removes the work profile in the settings. Nobody tells Google. */
  removesWorkProfile(): boolean;
  /** Resets the device from its boot menu. Nobody tells Google. */
  resetsDevice(): boolean;
  leavesLostMode(): boolean;
  /** Installs the Android that is offered. */
  installsUpdate(): boolean;
};

export function userOf(cloud: Cloud, machine: Machine): User {
  function did(action: string, done: boolean): boolean {
    note(cloud, machine, { type: "user", action, done });
    if (!done || machine.management === undefined) return done;
    enforce(cloud, machine);
    planReport(cloud, machine);
    return done;
  }
  return {
    setsPassword(password) {
      machine.password = passwordOf(password);
      return did("sets a password", true);
    },
    unlocksWith: (password) => opens(machine, password),
    triesPassword(password) {
      const isRight = opens(machine, password);
      machine.wrongPasswords = isRight ? 0 : machine.wrongPasswords + 1;
      const most = mostWrong(machine);
      if (most > 0 && machine.wrongPasswords >= most) leave(cloud, machine, { by: "wrong-passwords" });
      return isRight;
    },
    installs(packageName) {
      const may = machine.online && mayInstall(machine, packageName);
      if (may) beginInstallation(cloud, machine, packageName, "user");
      return did(`installs ${packageName}`, may);
    },
    uninstalls: (packageName) => did(`uninstalls ${packageName}`, uninstall(cloud, machine, packageName)),
    removesWorkProfile() {
      const may = machine.management !== undefined && machine.management.mode !== "fully-managed";
      if (may) leave(cloud, machine, { by: "user" });
      return did("removes the work profile", may);
    },
    resetsDevice() {
      const may = machine.management?.applied?.body.factoryResetDisabled !== true;
      if (may) leave(cloud, machine, { by: "user" });
      return did("resets the device", may);
    },
    leavesLostMode() {
      const { management } = machine;
      const may = management?.state === "LOST";
      if (may) endLostMode(cloud, machine, management, "user");
      return did("leaves Lost Mode", may);
    },
    installsUpdate: () => did("installs an update", installUpdate(cloud, machine)),
  };
}

function opens({ password }: Machine, tried: string): boolean {
  return password === undefined || password.digest === createHash("sha256").update(tried).digest("hex");
}

/** The fewest wrong passwords after which a part of the policy wipes; 0 for never. */
function mostWrong({ management }: Machine): number {
  const all = (management?.applied?.body.passwordPolicies ?? []).map((one) =>
    Number(one.maximumFailedPasswordsForWipe ?? 0),
  );
  const limits = all.filter((most) => most > 0);
  return limits.length === 0 ? 0 : Math.min(...limits);
}

/** An allow list has what the policy names; a block list has what the policy does not block. */
function mayInstall({ management, apps }: Machine, packageName: string): boolean {
  const policy = management?.applied?.body;
  if (policy === undefined || (apps.get(packageName)?.versionCode ?? 0) > 0) return false;
  const wish = policy.applications?.find((app) => app.packageName === packageName);
  if (wish === undefined) return policy.playStoreMode === "BLACKLIST";
  return wish.installType !== "BLOCKED" && policy.installAppsDisabled !== true;
}

function uninstall(cloud: Cloud, machine: Machine, packageName: string): boolean {
  const policy = machine.management?.applied?.body;
  const wish = policy?.applications?.find((app) => app.packageName === packageName);
  const isHeld = ["FORCE_INSTALLED", "REQUIRED_FOR_SETUP", "KIOSK"].includes(wish?.installType ?? "");
  const app = machine.apps.get(packageName);
  if (isHeld || policy?.uninstallAppsDisabled === true || app?.state !== "installed") return false;
  // What was preinstalled stays away once its user removed it; that it was there is remembered.
  if (wish?.installType === "PREINSTALLED") Object.assign(app, { state: "absent", versionCode: 0 });
  else machine.apps.delete(packageName);
  machine.management?.removedApps.push(packageName);
  note(cloud, machine, { type: "app-uninstalled", packageName, by: "user" });
  return true;
}
