import type { AppleKind, Section } from "./granted.ts";

/** What one command is for. Platforms translate it into their own command and render it when it is sent. */
export type Intent =
  | { readonly type: "query"; readonly section: Section }
  | {
      readonly type: "install";
      readonly item: string;
      readonly kind: AppleKind;
      readonly id: string;
      readonly digest: string;
      /** Apps: what of the content only an installation can change. */
      readonly base?: string;
      /** Only configuration and attributes change: nothing is installed, and no user is asked. */
      readonly inPlace?: true;
      /** It obtains an identity from an authority: each attempt has a cost. */
      readonly enrolls?: true;
    }
  | { readonly type: "remove"; readonly item: string; readonly kind: AppleKind; readonly id: string }
  /** Tells a channel that the set of its declarations has this token: it fetches what is new. */
  | { readonly type: "declare"; readonly token: string }
  /** Android: the device is to have this policy of Google's, which holds what is granted to it. */
  | { readonly type: "assign"; readonly policy: string }
  | { readonly type: "act"; readonly act: string; readonly verb: Verb }
  /** A step of the management itself, which no policy asks for; `about` tells one occasion from the next. */
  | { readonly type: "enrollment"; readonly step: EnrollmentStep; readonly about: string };

/**
 * `renew`: the identity `about` is to be replaced by a new one. The others let a device, or a user, go that waits in
 * Setup Assistant since `about`.
 */
export type EnrollmentStep = "renew" | "deviceConfigured" | "userConfigured";

/** Things done once, named as in `Operation.spec.act`; later platforms and rows add to the list. */
export type Verb =
  | "audit"
  | "lock"
  | "clearPasscode"
  | "lostMode"
  | "endLostMode"
  | "locate"
  | "playSound"
  | "reboot"
  | "shutdown"
  | "clearAppData"
  | "relinquishOwnership"
  | "addEsim"
  | "removeEsim"
  | "readEid"
  | "wipe"
  | "unenroll"
  | "removeProfile"
  | "settings"
  | "clearRestrictionsPassword"
  | "clearBypassCode"
  | "setRecoveryLock"
  | "verifyRecoveryLock"
  | "setFirmwarePassword"
  | "verifyFirmwarePassword"
  | "setAdminPassword"
  | "rotateFileVaultKey"
  | "unlockUser"
  | "logOutUser"
  | "deleteUser"
  | "startRemoteDesktop"
  | "stopRemoteDesktop"
  | "refreshCellularPlans"
  | "startMirroring"
  | "stopMirroring";

/** What repeating a command costs, which decides what happens when its result is lost (docs/commands.md). */
export type CommandClass = "query" | "converge" | "once-per-attempt" | "once";

const destructiveVerbs: ReadonlySet<Verb> = new Set([
  "wipe",
  "unenroll",
  "relinquishOwnership",
  "clearAppData",
  "removeEsim",
  "deleteUser",
]);

/** What ends the enrollment when it is carried out. */
export const finalVerbs: ReadonlySet<Verb> = new Set(["wipe", "unenroll", "relinquishOwnership"]);

/** True for what destroys data or ends management: it never leaves without an approval. */
export function isDestructive(intent: Intent): boolean {
  return intent.type === "act" && destructiveVerbs.has(intent.verb);
}

/** True for what ends the enrollment when it is carried out: nothing of this epoch follows it. */
export function endsEpoch(verb: Verb): boolean {
  return finalVerbs.has(verb);
}

/** True for what a user notices and may suffer from: every act but an audit, which only asks. */
export function isDisruptive(verb: Verb): boolean {
  return verb !== "audit";
}

/**
 * The class of a command: acts are `once` but for the audit, which only asks; installs and removals converge, but for
 * profiles that obtain an identity, the enrollment's among them.
 */
export function classOf(intent: Intent): CommandClass {
  if (intent.type === "query") return "query";
  if (intent.type === "act") return intent.verb === "audit" ? "query" : "once";
  if (intent.type === "enrollment") return intent.step === "renew" ? "once-per-attempt" : "converge";
  return intent.type === "install" && intent.enrolls === true ? "once-per-attempt" : "converge";
}

/** True when a command whose answer was lost may simply be sent again. */
export function isRepeatable(intent: Intent): boolean {
  const known = classOf(intent);
  return known === "query" || known === "converge";
}
