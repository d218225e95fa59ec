import type { Facts } from "./facts.ts";
import { endsEpoch, type Verb } from "./intent.ts";

/** How an Android device is managed: what Google calls its ownership and its management mode together. */
export type AndroidKind = "fullyManaged" | "companyWorkProfile" | "personalWorkProfile";

/** The types of Google's commands (Android Management API, `Command.type`) that acts become. */
export type AndroidCommand =
  | "LOCK"
  | "RESET_PASSWORD"
  | "REBOOT"
  | "RELINQUISH_OWNERSHIP"
  | "CLEAR_APP_DATA"
  | "START_LOST_MODE"
  | "STOP_LOST_MODE"
  | "ADD_ESIM"
  | "REMOVE_ESIM"
  | "REQUEST_DEVICE_INFO"
  | "WIPE";

/** The kinds of device on which an act is a command, and the first Android there. */
type Where = Readonly<Partial<Record<AndroidKind, { readonly type: AndroidCommand; readonly from: number }>>>;

// Google's reference of `Command.type`, and its guide to Lost Mode; 7 is the oldest Android that can be managed.
const everywhere = (type: AndroidCommand, from = 7): Where => ({
  fullyManaged: { type, from },
  companyWorkProfile: { type, from },
  personalWorkProfile: { type, from },
});
const lost = (type: AndroidCommand): Where => ({
  fullyManaged: { type, from: 11 },
  companyWorkProfile: { type, from: 13 },
});

const commands: Readonly<Partial<Record<Verb, Where>>> = {
  lock: everywhere("LOCK"),
  clearPasscode: everywhere("RESET_PASSWORD"),
  reboot: { fullyManaged: { type: "REBOOT", from: 7 } },
  relinquishOwnership: { companyWorkProfile: { type: "RELINQUISH_OWNERSHIP", from: 8 } },
  clearAppData: everywhere("CLEAR_APP_DATA", 9),
  lostMode: lost("START_LOST_MODE"),
  endLostMode: lost("STOP_LOST_MODE"),
  addEsim: everywhere("ADD_ESIM", 15),
  removeEsim: everywhere("REMOVE_ESIM", 15),
  readEid: { personalWorkProfile: { type: "REQUEST_DEVICE_INFO", from: 13 } },
  wipe: { fullyManaged: { type: "WIPE", from: 7 }, companyWorkProfile: { type: "WIPE", from: 7 } },
  unenroll: {
    companyWorkProfile: { type: "RELINQUISH_OWNERSHIP", from: 8 },
    personalWorkProfile: { type: "WIPE", from: 7 },
  },
};

/** Every type that a verb can become on Android, whatever the device is; none where Android has no such command. */
export function androidCommandsOf(verb: Verb): readonly AndroidCommand[] {
  return [...new Set(Object.values(commands[verb] ?? {}).map(({ type }) => type))];
}

/** The command that an act is on such a device; undefined where there is none. */
export function androidCommand(verb: Verb, kind: AndroidKind): AndroidCommand | undefined {
  return commands[verb]?.[kind]?.type;
}

/** The kinds that devices with this mode and owner can be, as far as they are known. */
export function androidKinds(
  mode: string | undefined,
  ownership: string | undefined,
): readonly AndroidKind[] {
  const kinds: readonly AndroidKind[] = ["fullyManaged", "companyWorkProfile", "personalWorkProfile"];
  const isOf = (kind: AndroidKind): boolean =>
    (mode === undefined || (mode === "workProfile") === (kind !== "fullyManaged")) &&
    (ownership === undefined || (ownership === "personal") === (kind === "personalWorkProfile"));
  return kinds.filter(isOf);
}

/** Which kind of device this is; undefined while anything of that is unknown, or contradicts the rest. */
export function androidKind(facts: Facts): AndroidKind | undefined {
  const ownership = facts.ownership?.value;
  const mode = facts.mode?.value;
  if (mode === "workProfile" && ownership === "personal") return "personalWorkProfile";
  if (mode === "workProfile" && ownership === "company") return "companyWorkProfile";
  if ((mode === "fullyManaged" || mode === "dedicated") && ownership === "company") return "fullyManaged";
  return undefined;
}

const kindWords: Readonly<Record<AndroidKind, string>> = {
  fullyManaged: "fully managed devices",
  companyWorkProfile: "company-owned devices with a work profile",
  personalWorkProfile: "work profiles on personal devices",
};

/** Where a bare "no such command" would leave somebody wondering what to do instead. */
const instead: Readonly<Partial<Record<Verb, string>>> = {
  locate: "Android tells where it is only in Lost Mode, and by itself: `reeve devices show` has the place",
  playSound: "Android has no sound for lost devices: lostMode shows a message",
  shutdown: "Android has no command to shut down",
  removeProfile: "Android has one policy and no profiles: take it out of the policies",
  settings: "Android is set by policies: use a Profile",
};

/** What only a fresh record of Google's says of a device; an act that is frozen does not know it. */
export interface FreshRecord {
  readonly isLost: boolean;
  /** The level of its security patches, `YYYY-MM-DD`; undefined when it is not told. */
  readonly patch: string | undefined;
}

/**
 * Why an Android device cannot carry out an act, in words; undefined when nothing stands against it. What is not known
 * of the device stands against it: Google takes some commands for any device and reports them as done where nothing
 * happens. Asked before the act is frozen, and with a fresh record right before its command leaves.
 */
export function androidRefusal(
  verb: Verb,
  parameters: Readonly<Record<string, unknown>>,
  facts: Facts,
  fresh?: FreshRecord,
): string | undefined {
  // No command: the next report of the device answers.
  if (verb === "audit") return undefined;
  const nowhere = nowhereOnAndroid(verb, parameters);
  if (nowhere !== undefined) return nowhere;
  const kind = androidKind(facts);
  if (kind === undefined) return unknownKind(facts);
  const here = androidActOn(verb, kind);
  if (typeof here === "string") return here;
  const version = versionOf(facts);
  if (version === undefined) return "its version of Android is unknown";
  if (version < here.from) return `${verb} needs Android ${here.from}, it has ${version}`;
  return (
    unasserted(verb, facts) ??
    valueRefusal(verb, parameters, kind, version) ??
    (fresh === undefined ? undefined : refusalNow(verb, kind, version, fresh))
  );
}

/** The first number of its version; undefined when it is not told. */
function versionOf({ osVersion }: Facts): number | undefined {
  const version = Number.parseInt(osVersion?.value ?? "", 10);
  return Number.isFinite(version) ? version : undefined;
}

/**
 * What ends the management of a device takes all of it or a part of it along, by whose it is. Who owns it is what the
 * company says; that Google has it so, too, is asked for besides and is not enough.
 */
function unasserted(verb: Verb, { ownership }: Facts): string | undefined {
  if (!endsEpoch(verb) || ownership?.source === "asserted") return undefined;
  return "its ownership is only what Google reports: declare it in a Device manifest";
}

/** Values that Google or the device would not take; those that are secrets are known when they are put in. */
function valueRefusal(
  verb: Verb,
  { newPassword, message, phoneNumber, activate }: Readonly<Record<string, unknown>>,
  kind: AndroidKind,
  version: number,
): string | undefined {
  if (verb === "clearPasscode" && version >= 14 && /^\d{1,5}$/.test(String(newPassword)))
    return "Android 14 takes no password of fewer than six digits";
  if (verb === "lostMode" && !message && !phoneNumber) return "Lost Mode needs a message or a phone number";
  if (verb === "addEsim" && activate === true && kind === "personalWorkProfile")
    return "on a personal device only its user activates an eSIM: leave activate out";
  return undefined;
}

/** Security patches from here on come with the quarterly releases of Android 16 that cannot remove an eSIM (QPR2, QPR3). */
const secondQuarterly = "2025-12";

function refusalNow(
  verb: Verb,
  kind: AndroidKind,
  version: number,
  { isLost, patch }: FreshRecord,
): string | undefined {
  if (verb === "lostMode" && isLost) return "it is in Lost Mode already, with the message that it has";
  const isQuarterly = version === 16 && (patch === undefined || patch >= secondQuarterly);
  if (verb === "removeEsim" && kind === "companyWorkProfile" && isQuarterly)
    return "Android 16 with security patches of December 2025 or later removes no eSIM from a company-owned device with a work profile";
  return undefined;
}

/** Why no Android device can carry out an act, whatever it is like; undefined when some can. */
export function nowhereOnAndroid(
  verb: Verb,
  parameters: Readonly<Record<string, unknown>>,
): string | undefined {
  if (verb === "audit") return undefined;
  if (commands[verb] === undefined) return instead[verb] ?? `Android devices have no command for ${verb}`;
  return parameters.returnToService === undefined ? undefined : "returnToService is for Apple devices";
}

/** The first Android on which a device that is managed so carries out an act; or why none does. */
export function androidActOn(verb: Verb, kind: AndroidKind): { readonly from: number } | string {
  const where = commands[verb] ?? {};
  return where[kind] ?? elsewhere(verb, kind, where);
}

function unknownKind({ ownership, mode }: Facts): string {
  if (ownership === undefined) return "its ownership is unknown";
  if (mode === undefined) return "its management mode is unknown";
  return `its ownership (${ownership.value}) and its management mode (${mode.value}) contradict each other`;
}

function elsewhere(verb: Verb, kind: AndroidKind, where: Where): string {
  if (verb === "wipe") return "a personal device is never wiped whole";
  if (verb === "unenroll")
    return "a fully managed device has nothing but work data: it can only be wiped whole";
  const able = Object.keys(where).map((one) => kindWords[one as AndroidKind]);
  return `${verb} is for ${able.join(" and ")}, and not for ${kindWords[kind]}`;
}
