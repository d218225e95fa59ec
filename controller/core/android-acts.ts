import type { Facts } from "./facts.ts";
import type { Verb } from "./intent.ts";

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
  locate: "Android tells where it is only in Lost Mode, and only by events",
  playSound: "Android has no sound for lost devices: lostMode shows a message",
  shutdown: "Android has no command to shut down",
  removeProfile: "Android has one policy and no profiles: take it out of the policies",
  settings: "Android is set by policies: use a Profile",
};

/**
 * Why an Android device cannot carry out an act, in words; undefined when nothing stands against it. What is not known
 * of the device stands against it: Google takes some commands for any device and reports them as done where nothing
 * happens. Asked before the act is frozen, and with a fresh record right before its command leaves.
 */
export function androidRefusal(
  verb: Verb,
  parameters: Readonly<Record<string, unknown>>,
  facts: Facts,
): string | undefined {
  // No command: the next report of the device answers.
  if (verb === "audit") return undefined;
  const where = commands[verb];
  if (where === undefined) return instead[verb] ?? `Android devices have no command for ${verb}`;
  if (parameters.returnToService !== undefined) return "returnToService is for Apple devices";
  const kind = androidKind(facts);
  if (kind === undefined) return unknownKind(facts);
  const here = where[kind];
  if (here === undefined) return elsewhere(verb, kind, where);
  const version = Number.parseInt(facts.osVersion?.value ?? "", 10);
  if (!Number.isFinite(version)) return "its version of Android is unknown";
  return version < here.from ? `${verb} needs Android ${here.from}, it has ${version}` : undefined;
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
