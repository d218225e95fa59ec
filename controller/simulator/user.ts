import { trustOf } from "./answer-profiles.ts";
import { type Installer, put } from "./apps.ts";
import type { CatalogueApp } from "./catalogue.ts";
import type { EnrollResult } from "./enroll.ts";
import type { Machine, UserBehaviour } from "./machine.ts";
import type { Management } from "./management.ts";
import type { PlistDict } from "./plist.ts";
import { openProfile } from "./profile.ts";
import { replaceManagement } from "./replace-management.ts";
import type { InstalledProfile } from "./state.ts";

/** The person who holds the device. Each act says whether the device let it happen. */
export type User = {
  installApp(app: CatalogueApp | string): boolean;
  /** A managed app stays known to management as ManagedButUninstalled. Refused when it is not removable. */
  removeApp(bundleId: string): boolean;
  /** A managed app writes something for management. False when there is no such app. */
  appWrites(bundleId: string, feedback: PlistDict): boolean;
  /** A managed book is the user's to delete. */
  removeBook(id: string): boolean;
  /**
   * Refused for what management installed, and for the user's own when the profile forbids it and the password is not
   * its; unless `force`d (a jailbreak, a support person with a cable).
   */
  removeProfile(
    identifier: string,
    options?: { readonly force?: boolean; readonly password?: string },
  ): boolean;
  /** Installs a profile by hand: it is not managed. */
  installProfile(bytes: Buffer): boolean;
  /** Installs another enrollment profile over the one that is there, as a Mac allows it. */
  replaceManagement(bytes: Buffer): Promise<EnrollResult>;
  /** Removes the management: with CheckOut when the profile asks for it, or `silently`. */
  removeManagement(options?: { readonly silently?: boolean; readonly force?: boolean }): Promise<boolean>;
  answerPrompt(bundleId: string, reply: "accept" | "reject"): boolean;
  behave(behaviour: UserBehaviour): void;
  rename(name: string): void;
};

/** The user of a device. */
export function openUser(machine: Machine, installer: Installer, management: Management): User {
  function act(action: string, subject: string, done: boolean): boolean {
    machine.log({ type: "user", action, subject, done });
    return done;
  }
  function installApp(app: CatalogueApp | string): boolean {
    const found = typeof app === "string" ? machine.catalogue.byBundleId(app) : app;
    if (found === undefined) return act("installs app", String(app), false);
    put(machine.state, found, false);
    const managed = machine.state.managed.get(found.bundleId);
    if (managed !== undefined && managed.status !== "Managed") managed.status = "UserInstalledApp";
    return act("installs app", found.bundleId, true);
  }
  function removeApp(bundleId: string): boolean {
    const { apps, managed } = machine.state;
    const entry = managed.get(bundleId);
    const allowed =
      apps.has(bundleId) && (entry?.removable !== false || machine.hardware.platform === "macos");
    if (allowed) apps.delete(bundleId);
    if (allowed && entry !== undefined) entry.status = "ManagedButUninstalled";
    return act("removes app", bundleId, allowed);
  }
  function removeProfile(
    identifier: string,
    options: { readonly force?: boolean; readonly password?: string } = {},
  ): boolean {
    const { profiles, enrollment } = machine.state;
    const profile = profiles.get(identifier);
    const allowed = options.force === true || (profile !== undefined && mayRemove(profile, options.password));
    const isManagement = identifier === enrollment?.profileIdentifier;
    return act("removes profile", identifier, allowed && !isManagement && profiles.delete(identifier));
  }
  function installProfile(bytes: Buffer): boolean {
    const opened = openProfile(bytes, trustOf(machine));
    if (!opened.ok) return act("installs profile", "unreadable", false);
    const { profile } = opened;
    const isTaken = machine.state.profiles.get(profile.identifier)?.isManaged === true;
    if (!isTaken)
      machine.state.profiles.set(profile.identifier, { ...profile, isManaged: false, identities: [] });
    return act("installs profile", profile.identifier, !isTaken);
  }
  async function removeManagement(
    options: { readonly silently?: boolean; readonly force?: boolean } = {},
  ): Promise<boolean> {
    const { enrollment, profiles } = machine.state;
    if (enrollment === undefined) return act("removes management", "", false);
    const identifier = enrollment.profileIdentifier;
    const isFixed = profiles.get(identifier)?.content.PayloadRemovalDisallowed === true;
    const allowed = !isFixed || options.force === true;
    act("removes management", identifier, allowed);
    if (allowed && options.silently === true) management.leaveSilently("user");
    else if (allowed) await machine.world.run(() => management.leave("user"));
    return allowed;
  }
  return {
    appWrites: (bundleId, feedback) => {
      const app = machine.state.managed.get(bundleId);
      if (app !== undefined) app.feedback = feedback;
      return act("writes feedback", bundleId, app !== undefined);
    },
    removeBook: (id) => act("removes book", id, machine.state.books.delete(id)),
    installApp,
    removeApp,
    removeProfile,
    installProfile,
    replaceManagement: (bytes) => machine.world.run(() => replaceManagement(machine, bytes)),
    removeManagement,
    answerPrompt: installer.answer,
    behave: (behaviour) => {
      machine.user = behaviour;
    },
    rename: (name) => {
      machine.state.name = name;
      act("renames the device", name, true);
    },
  };
}

/** Apple, TopLevel: users never remove what management installed, whatever the profile says. */
function mayRemove({ isManaged, content, payloads }: InstalledProfile, password?: string): boolean {
  if (isManaged) return false;
  if (content.PayloadRemovalDisallowed !== true) return true;
  const lock = payloads.find((one) => one.PayloadType === "com.apple.profileRemovalPassword");
  return lock !== undefined && lock.RemovalPassword === password;
}
