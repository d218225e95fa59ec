import { appliedState } from "./applied-state.ts";
import type { ChannelState, Progress } from "./channel.ts";
import { declaredState } from "./declared-state.ts";
import { type GrantedItem, isAndroid, type Section } from "./granted.ts";
import { isDeclared } from "./kept.ts";
import type { Observed } from "./observed.ts";
import type { DeviceError } from "./report.ts";

/** How far one granted item has come on one device, judged by the device's own reports. */
export type ItemState =
  /** An observation shows it as granted. */
  | { readonly type: "verified" }
  /** The section that would show it has never been reported, or not since something else was sent in its place. */
  | { readonly type: "unknown" }
  /** Not there, or another version is: to be sent, at `retryAt` at the earliest. */
  | { readonly type: "missing"; readonly retryAt: number }
  /** Accepted; the observation that verifies it is still to come. */
  | { readonly type: "acknowledged"; readonly since: number; readonly section?: Section }
  /** The device is working on it (an app is downloading, or its user is asked). */
  | { readonly type: "installing"; readonly status: string; readonly since: number }
  /** It deviates, and its drift mode says to leave it. */
  | { readonly type: "drifted" }
  /** The user removed what was only to be installed once. */
  | { readonly type: "declined" }
  /** Its time was over, and the device removed it by itself. */
  | { readonly type: "lapsed" }
  /** The device itself says that it has no use for it. */
  | { readonly type: "unsupported"; readonly reason: string };

/** The section of a device's reports that shows items of a kind. */
export function sectionOf(kind: GrantedItem["kind"]): Section {
  if (kind === "Declarations") return "declarations";
  if (kind === "Book") return "managedBooks";
  if (isAndroid(kind)) return "device";
  return kind === "Profile" ? "profiles" : "managedApps";
}

/** The progress of an item, unless it is about another content. */
export function progressOf(item: GrantedItem, state: ChannelState): Progress | undefined {
  const progress = state.progress[item.key];
  return progress?.digest === item.digest ? progress : undefined;
}

/** ManagedApplicationList states in which the device has not finished; see Apple's ManagedApplicationList. */
const installing: ReadonlySet<string> = new Set([
  "Queued",
  "NeedsRedemption",
  "Redeeming",
  "Prompting",
  "PromptingForLogin",
  "ValidatingPurchase",
  "PromptingForUpdate",
  "PromptingForUpdateLogin",
  "PromptingForManagement",
  "ValidatingUpdate",
  "Updating",
  "Installing",
]);

/** States that are reported once and mean that it did not work (or not yet: the user was quicker than we). */
export const rejected: ReadonlySet<string> = new Set([
  "UserInstalledApp",
  "UserRejected",
  "UpdateRejected",
  "ManagementRejected",
  "Failed",
]);

/** The state of one granted item. */
export function itemState(item: GrantedItem, observed: Observed, state: ChannelState): ItemState {
  // What shows the parts of an Android policy is not read yet.
  if (isAndroid(item.kind)) return appliedState(item, observed, state);
  if (item.kind === "Declarations") return declaredState(item, observed, state);
  if (item.kind === "Book") return bookState(item, observed, state);
  return item.kind === "Profile" ? profileState(item, observed, state) : appState(item, observed, state);
}

/** What progress of a removal is kept under, in place of a content digest. */
export const removalDigest = "removed";

/**
 * True while another content, or the removal, was sent last and may have been carried out: what was seen before says
 * nothing, and that the item is not there as granted is our own doing and no drift.
 */
function isReplaced(item: GrantedItem, state: ChannelState): boolean {
  const progress = state.progress[item.key];
  if (progress === undefined || progress.digest === item.digest) return false;
  const { digest, phase, errors } = progress;
  const isOpen = ["sent", "acknowledged", "unknown"].includes(phase) || digest === removalDigest;
  return isOpen || errors?.[0]?.text === neverAnswered.text;
}

/** A device that came back so often without an answer will not answer: others get their turn. */
export const mostUnanswered = 5;

export const neverAnswered: DeviceError = {
  domain: "reeve",
  code: 4,
  text: `the device took it ${mostUnanswered} times and never answered`,
};

function profileState(item: GrantedItem, observed: Observed, state: ChannelState): ItemState {
  if (observed.profiles === undefined) return { type: "unknown" };
  if (isShown(item, observed)) return { type: isReplaced(item, state) ? "unknown" : "verified" };
  return absent(item, observed, state);
}

/**
 * True when the device's last list of profiles has exactly this version, and not by a declaration: then it goes with
 * that.
 */
export function isShown({ kind, id, uuid }: GrantedItem, observed: Observed): boolean {
  return kind === "Profile" && observed.profiles?.[id] === uuid && !isDeclared(id, observed);
}

/**
 * True when a device has an item as it is to be although nothing was ever sent for it in this enrollment: it is adopted,
 * and not installed again. Of an app its settings cannot be seen: one that is given some gets them in place.
 */
export function isFound(item: GrantedItem, observed: Observed, { progress }: ChannelState): boolean {
  if (observed.owned[item.key] !== undefined || progress[item.key] !== undefined) return false;
  if (item.kind === "App")
    return observed.apps?.[item.id]?.status === "Managed" && item.shownBy === undefined;
  return isShown(item, observed);
}

function appState(item: GrantedItem, observed: Observed, state: ChannelState): ItemState {
  if (observed.apps === undefined) return { type: "unknown" };
  const status = observed.apps[item.id]?.status;
  const progress = progressOf(item, state);
  const current = observed.owned[item.key]?.digest === item.digest || isFound(item, observed, state);
  // An update shows in no other word than what was there before it: only what was seen since then counts, and a
  // refused one leaves the app as it was.
  const seen = progress?.phase !== "acknowledged" || (state.collected.managedApps ?? -1) > progress.at;
  const replaced = isReplaced(item, state);
  if (status === "Managed" && current && seen && !replaced && !isRefused(progress))
    return isConfigured(item, state, progress);
  if (status !== undefined && installing.has(status) && current)
    return { type: "installing", status, since: progress?.at ?? 0 };
  if (item.install === "installed" && current && progress === undefined && !replaced)
    return { type: "declined" };
  return absent(item, observed, state);
}

/** States of ManagedMediaList in which a book is there; those of the store are `Installed`. */
const onTheShelf: ReadonlySet<string> = new Set(["Managed", "Installed"]);

function bookState(item: GrantedItem, observed: Observed, state: ChannelState): ItemState {
  if (observed.books === undefined) return { type: "unknown" };
  const status = observed.books[item.id]?.status;
  const progress = progressOf(item, state);
  const current = observed.owned[item.key]?.digest === item.digest;
  const seen = progress?.phase !== "acknowledged" || (state.collected.managedBooks ?? -1) > progress.at;
  const isThere = status !== undefined && onTheShelf.has(status);
  if (isThere && current && seen && !isReplaced(item, state) && !isRefused(progress))
    return { type: "verified" };
  if (status !== undefined && installing.has(status) && current)
    return { type: "installing", status, since: progress?.at ?? 0 };
  return absent(item, observed, state);
}

/** What was given to an app along with it must be seen too, once, after it was taken. */
function isConfigured(item: GrantedItem, { collected }: ChannelState, progress?: Progress): ItemState {
  if (progress?.phase !== "acknowledged") return { type: "verified" };
  const section = item.shownBy?.find((one) => (collected[one] ?? -1) <= progress.at);
  if (section === undefined) return { type: "verified" };
  return { type: "acknowledged", since: progress.at, section };
}

/** How often a user is asked for an app that he declines. */
export const mostAsked = 5;

/** True when its user has declined an item so often that nobody asks him again by himself. */
export function isGivenUp(item: GrantedItem, state: ChannelState): boolean {
  const progress = progressOf(item, state);
  return progress?.phase === "rejected" && progress.attempts >= mostAsked;
}

/** The domain of errors that stand for a state of ManagedApplicationList. */
export const listed = "ManagedApplicationList";

/** The domain of errors that stand for a configuration which is not the one that was given. */
export const notAsGiven = "ManagedApplicationConfiguration";

function isRefused(progress: Progress | undefined): boolean {
  const domain = progress?.errors?.[0]?.domain;
  return domain === listed || domain === notAsGiven;
}

function absent(item: GrantedItem, observed: Observed, state: ChannelState): ItemState {
  const progress = progressOf(item, state);
  if (progress?.phase === "acknowledged" || progress?.phase === "unknown")
    return { type: "acknowledged", since: progress.at };
  if (progress?.phase === "lapsed") return { type: "lapsed" };
  const drifted =
    progress === undefined && !isReplaced(item, state) && observed.owned[item.key]?.digest === item.digest;
  if (drifted && item.drift !== "correct") return { type: "drifted" };
  return { type: "missing", retryAt: progress?.retryAt ?? 0 };
}

/** True when nothing more is to be done about the item now. */
export function isSettled(state: ItemState): boolean {
  return ["verified", "drifted", "declined", "lapsed"].includes(state.type);
}
