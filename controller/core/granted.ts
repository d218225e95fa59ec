import type { Lasting } from "./content.ts";
import type { Effects } from "./effects.ts";
import type { SentWithin } from "./waiting.ts";

export type {
  AndroidAppContent,
  AndroidFragmentContent,
  AppContent,
  BookContent,
  Content,
  DeclarationsContent,
  DeclaredContent,
  ImageContent,
  Lasting,
  Payload,
  ProfileContent,
} from "./content.ts";

/** The kinds of thing a device can be given. */
export type ItemKind = AppleKind | AndroidKind;
export type AppleKind = "Profile" | "App" | "Book" | "Declarations";
/** Parts of one Android Management policy: they are sent together, and never by a command. */
export type AndroidKind = "AndroidFragment" | "AndroidApp";

/** True for what belongs into an Android Management policy. */
export function isAndroid(kind: ItemKind): kind is AndroidKind {
  return kind === "AndroidFragment" || kind === "AndroidApp";
}

/** One declaration as server and device name it; the words of the four lists of `declaration-items`. */
export interface DeclaredPart {
  readonly form: "configuration" | "asset" | "management" | "activation";
  readonly type: string;
  /** At most 64 octets, and the same for ever. */
  readonly identifier: string;
  /** ServerToken: changes when the content does, and only then. */
  readonly token: string;
  /** What an activation of reeve's own activates. */
  readonly activates?: readonly string[];
  /** The configurations that an activation of the manifest names. */
  readonly names?: readonly string[];
  /** Of `com.apple.configuration.legacy`: the digest of the profile's content. */
  readonly profile?: string;
  /** A predicate decides on the device whether it is active. */
  readonly conditional?: true;
}

/** One item that a device may be given now. Interned with its set: holds no line numbers and no device. */
export interface GrantedItem {
  /** `Profile/wifi-corp` or `App/slack`: the manifest. */
  readonly key: string;
  readonly kind: ItemKind;
  /** What the device calls it: PayloadIdentifier, bundle id or package; `blocked:PACKAGE` of one that is to be away. */
  readonly id: string;
  /** Digest of its content, under which the content is stored. */
  readonly digest: string;
  /** Profiles: the top-level PayloadUUID that proves this version is installed. */
  readonly uuid?: string;
  readonly drift: "correct" | "report" | "ignore";
  /** Apps; profiles are always `required`. */
  readonly install: "required" | "installed";
  readonly onLeave: "remove" | "keep";
  /** The policy that won. */
  readonly policy: string;
  /** Apps: digest of all but configuration and attributes, which change without installing anything. */
  readonly base?: string;
  /** Apps with configuration or attributes: what must show them before the item is verified. */
  readonly shownBy?: readonly Section[];
  /** Apps with a licence of the device: the number of the app in the store, by which Apps and Books knows it. */
  readonly licence?: string;
  /** Apps that are sent again when the device says that the store has an update. */
  readonly updates?: true;
  /** Apps that stay on the device when its management ends. */
  readonly stays?: true;
  /** Items that must be verified before this one is installed. */
  readonly after: readonly string[];
  /** Profiles with certificates only: installed before what may depend on them. */
  readonly first?: true;
  /** Profiles that obtain an identity (SCEP, ACME): an attempt whose answer was lost is looked into, not repeated. */
  readonly enrolls?: true;
  /** Profiles that go by themselves. */
  readonly lasts?: Lasting;
  /** Keys of items that this one replaces, because its manifest was renamed: they go when it is verified. */
  readonly formerly?: readonly string[];
  /** Of Declarations: what it consists of on this device. */
  readonly parts?: readonly DeclaredPart[];
  /** Of Declarations: one of them wraps the profile with this item's id, which is its PayloadIdentifier. */
  readonly wraps?: true;
  /** Android: of the policy that won. In one rendered policy the higher one decides. */
  readonly priority?: number;
  /** Android apps: how the policy wants it. */
  readonly wish?: "required" | "installed" | "available" | "blocked" | "kiosk";
  /** Android: it holds a variable of the device or its owner, so that the rendered policy is for one device only. */
  readonly perDevice?: true;
  /** Android fragments: what they say about apps that their policy does not name. */
  readonly unnamed?: UnnamedApps;
  /** Of Declarations that were preferred to it: the profile that a device gets which does not take them, or not yet. */
  readonly orProfile?: { readonly digest: string; readonly uuid: string };
  /** What it touches on a device, where that makes a change of it risky (risk.ts). */
  readonly effects?: Effects;
  /** Networks and trust that left while this one is granted, or what it came for: they go when it is verified. */
  readonly inPlaceOf?: readonly Left[];
  /** Set when a guard keeps an item that the policy no longer declares, or keeps its old content. */
  readonly retained?: string;
  /**
   * Set while a guard or a window keeps it, when nothing beside it would have saved the device from being cut off: what
   * came since is not known to work.
   */
  readonly last?: true;
}

/** A network, or trust, that is granted no more, and which devices may still have. */
export interface Left extends Pick<GrantedItem, "key" | "kind" | "id" | "effects" | "last"> {
  /** Digests of what has had its identifier since then, in the order in which they came. */
  readonly since?: readonly string[];
}

/** A change that a maintenance window holds back. */
export interface Waiting {
  readonly key: string;
  /** `waits for its window, which opens Mon 19:00 Europe/Berlin`. */
  readonly reason: string;
}

/** What an Android policy says about apps that it does not name (Policy.playStoreMode, Policy.uninstallAppsDisabled). */
export interface UnnamedApps {
  readonly playStoreMode?: string;
  readonly uninstallAppsDisabled?: boolean;
}

/** What a guard keeps from being taken away although no item of its own is kept: an app of somebody else's. */
export interface Withheld {
  /** The item that would take it away. */
  readonly key: string;
  readonly reason: string;
}

/** An app that is looked for in a device's list of all apps. */
export interface WatchedApp {
  readonly key: string;
  /** Its bundle id. */
  readonly id: string;
  readonly policy: string;
}

export interface GrantedSchedule {
  readonly name: string;
  readonly collect: readonly Section[];
  readonly every?: number;
  readonly cron?: string;
  readonly timeZone: string;
  readonly spreadMs: number;
  readonly maxAgeMs?: number;
}

/**
 * Sections of what a device reports; `managedApps`, `managedBooks`, `appConfiguration` and `appAttributes` are for verification and have
 * no names in manifests, `declarations` comes by itself and is never asked for.
 */
export const sections = [
  "device",
  "security",
  "restrictions",
  "applications",
  "profiles",
  "certificates",
  "powerEvents",
  "users",
  "activationLock",
  "appFeedback",
  "managedApps",
  "managedBooks",
  "declarations",
  "appConfiguration",
  "appAttributes",
] as const;
export type Section = (typeof sections)[number];

/** An item that a device cannot have as it is declared. */
export interface Unsupported {
  readonly key: string;
  readonly reason: string;
  /** It is given all the same: only a part of it is ignored. */
  readonly given?: true;
  /** It is not sent, and what was installed of it before is left alone. */
  readonly stays?: true;
}

/** True when what a device has of an item stays as it is, although the item is not granted. */
export function isLeftAlone(granted: Granted, key: string): boolean {
  return (
    granted.conflicts.includes(key) ||
    granted.unsupported.some((one) => one.key === key && one.stays === true)
  );
}

/** What one device may be given now. Interned: devices granted the same share one record. */
export interface Granted {
  readonly items: readonly GrantedItem[];
  readonly inventory: readonly GrantedSchedule[];
  /** The groups it was a member of, for selectors whose facts become unknown. */
  readonly groups: readonly string[];
  /** `queries`: observe mode or suspension; nothing but queries is sent. */
  readonly sends: "all" | "queries";
  /** Why not all is sent: `observe`, `armed`, or `suspended: REASON`. */
  readonly because?: string;
  /** Only changes wait: acts leave, which have approvals of their own. */
  readonly acts?: true;
  /** Items whose policies disagree at equal priority: what is installed stays, neither value is sent. */
  readonly conflicts: readonly string[];
  /** Items that an exemption lifts, with its name and its end. */
  readonly lifted: readonly { readonly key: string; readonly exemption: string; readonly until: string }[];
  /** Items that this device would ignore or may not be given, and why: it is never ready with them. */
  readonly unsupported: readonly Unsupported[];
  /** Blocked apps that this device cannot block: looked for, and told when they are there. */
  readonly watched?: readonly WatchedApp[];
  /** Items that are meant for other platforms. */
  readonly notApplicable: readonly string[];
  /** Policies that may be for it or not, and the groups of which nobody can say whether it is in them. */
  readonly undecided?: readonly { readonly policy: string; readonly groups: readonly string[] }[];
  /** What was granted last of the items that are left alone: when one of them leaves, it is a removal like any other. */
  readonly leftAlone?: readonly GrantedItem[];
  /**
   * What left its policy to be kept, as `KIND/ID`: it is its user's from then on, also on a device that last heard that
   * it was to be removed.
   */
  readonly letGo?: readonly string[];
  /** Android: its policy goes on saying this, whatever items say, because a guard keeps what they would take away. */
  readonly unnamed?: UnnamedApps;
  /** Android: items that are not given, or not as a whole, because a guard keeps what they would take away. */
  readonly withheld?: readonly Withheld[];
  /** Suspended groups that it is in, or was when they were suspended: no commit that takes it out ends that. */
  readonly heldBy?: readonly string[];
  /** Changes that wait for a maintenance window; what is granted is as it was before them. */
  readonly waiting?: readonly Waiting[];
  /** Changes that were admitted in a window, by item key: who was away then gets them in the next one. */
  readonly sentWithin?: Readonly<Record<string, SentWithin>>;
  /** It was looked at before it had said what it is like: what is granted next is still its first set-up. */
  readonly settingUp?: true;
}
