import type { AndroidArm } from "./android-armed.ts";
import type { AndroidNeed } from "./android-needs.ts";
import type { CompiledEnrollment } from "./automated-enrollment.ts";
import type { UserGroupLinks } from "./compile-groups.ts";
import type { FormPart } from "./declared-item.ts";
import type { EnrollmentRules } from "./enrollment-rules.ts";
import type { Platform } from "./facts.ts";
import type { Asset } from "./generated/manifest.ts";
import type { AndroidKind, Content, GrantedItem, GrantedSchedule, Lasting, UnnamedApps } from "./granted.ts";
import type { Verb } from "./intent.ts";
import type { Need } from "./needs.ts";
import type { Topic } from "./notice.ts";
import type { Origin } from "./origin.ts";
import type { RolloutRules, RolloutVersions } from "./rollout.ts";
import type { Selector } from "./selector.ts";
import type { CompiledWindow } from "./window.ts";

/** A policy set with every reference resolved: what membership, layering and acts are computed from. */
export interface Compiled {
  readonly revision: string;
  readonly organization: CompiledOrganization;
  readonly groups: ReadonlyMap<string, CompiledGroup>;
  /** The user groups of an owner, by lower-case e-mail address. */
  readonly userGroups: {
    readonly get: (user: string) => readonly string[] | undefined;
    /** What the answers are worked out from. */
    readonly links: UserGroupLinks;
  };
  /** By falling priority, then by name. */
  readonly policies: readonly CompiledPolicy[];
  readonly exemptions: readonly CompiledExemption[];
  readonly acts: readonly CompiledAct[];
  /** How devices of Apple's portals enroll, by falling priority, then by name. */
  readonly enrollments: readonly CompiledEnrollment[];
  readonly devices: readonly DeviceEntry[];
  /** Every name by which a manifest refers to a device. */
  readonly references: ReadonlySet<string>;
  /** What it asks for and this version does not carry out. */
  readonly notices: readonly string[];
  /** How often what was installed is looked at again, ms. */
  readonly driftCheckMs: number;
  /** What items hold, by digest. */
  readonly contents: ReadonlyMap<string, Content>;
  /** Rollouts under way, by name of their policies: devices see those in versions of their own. Absent without any. */
  readonly rollouts?: readonly RolloutVersions[];
}

export interface CompiledOrganization {
  readonly name: string;
  readonly timeZone: string;
  readonly mode: "enforce" | "observe";
  readonly suspended: string | undefined;
  /** All of them hold: the policies' own, and the ceiling of the daemon's configuration. */
  readonly removalBudgets: readonly Budget[];
  /** The same for devices that may be cut off. */
  readonly isolatingBudgets: readonly Budget[];
  /** Keys of items that may be taken from devices that have no other network or trust. */
  readonly mayIsolate: ReadonlySet<string>;
  /** Share of a group whose sudden loss freezes removals, 0..1. */
  readonly membershipLoss: number;
  readonly defaultGroups: Readonly<Partial<Record<Platform, string>>>;
  readonly deviceLimit: number | undefined;
  readonly enrollment: EnrollmentRules;
  readonly notifications: readonly CompiledReceiver[];
}

/** Who is told what. Addresses may be templates of secrets. */
export interface CompiledReceiver {
  readonly kind: "email" | "webhook" | "slack" | "teams";
  /** Addresses of mail, or one URL. */
  readonly to: readonly string[];
  readonly signingKey: string | undefined;
  readonly on: readonly Topic[];
  readonly origin: Origin;
}

/** The greater of a number of devices and a share of the fleet, per sliding hour. */
export interface Budget {
  readonly devices: number;
  readonly share: number;
}

export interface CompiledGroup {
  readonly name: string;
  readonly selector: Selector | undefined;
  readonly devices: ReadonlySet<string>;
  readonly children: readonly string[];
  readonly trustReported: boolean;
}

export interface CompiledTarget {
  readonly all: boolean;
  readonly groups: readonly string[];
  readonly devices: ReadonlySet<string>;
  readonly users: ReadonlySet<string>;
  readonly userGroups: ReadonlySet<string>;
  readonly exclude: Omit<CompiledTarget, "all" | "exclude"> | undefined;
}

export interface CompiledPolicy {
  readonly name: string;
  readonly priority: number;
  readonly target: CompiledTarget;
  readonly mode: "enforce" | "observe";
  readonly uses: readonly ItemUse[];
  readonly inventory: readonly GrantedSchedule[];
  /** When what it changes may be sent; absent without windows. */
  readonly windows?: readonly CompiledWindow[];
  /** How its changes reach its devices; all at once without it. */
  readonly rollout?: RolloutRules;
  /** Names it had before, the newest first. */
  readonly formerly?: readonly string[];
  readonly origin: Origin;
}

/** One line of a policy: an item and how it is wanted. */
export interface ItemUse {
  readonly key: string;
  readonly drift: GrantedItem["drift"];
  readonly install: "required" | "installed" | "available" | "blocked" | "kiosk";
  readonly onLeave: GrantedItem["onLeave"];
  readonly forms: ItemForms;
  readonly origin: Origin;
}

/** What an item is on each platform; a platform without a form is not addressed. */
export interface ItemForms {
  readonly apple?: AppleForm;
  /** Present when the item says something for Android. */
  readonly android?: AndroidForm;
}

export interface AndroidForm {
  readonly kind: AndroidKind;
  /** The package of an app; what a Profile is called. */
  readonly id: string;
  /** By how a policy wants it; a Profile is always required. */
  readonly digests: Readonly<Partial<Record<ItemUse["install"], string>>>;
  /** Keys under which the item was known before it was renamed. */
  readonly formerly?: readonly string[];
  /** Why it cannot be given as declared to any device; then it is not given at all. */
  readonly refused?: string;
  /** What of it Android cannot have; the rest is given. */
  readonly ignored?: readonly string[];
  readonly needs?: readonly AndroidNeed[];
  /** What lets a device with it erase itself. */
  readonly arms?: readonly AndroidArm[];
  readonly effects?: GrantedItem["effects"];
  /** Names of the secrets it uses: such an item must not rest on what a device says of itself. */
  readonly secrets: readonly string[];
  /** It holds a variable of the device or its owner: each device that has it needs a policy of its own. */
  readonly perDevice?: true;
  /** What it says about apps that its policy does not name. */
  readonly unnamed?: UnnamedApps;
  /** What it alone can decide, by path, and a digest of the value: two that differ at one priority are in conflict. */
  readonly values: Readonly<Record<string, string>>;
  /** Where what it decides is written, by path. */
  readonly places: Readonly<Record<string, Origin>>;
}

export interface AppleForm {
  readonly id: string;
  readonly digest: string;
  readonly uuid?: string;
  readonly first?: true;
  readonly enrolls?: true;
  readonly base?: string;
  readonly licence?: string;
  readonly updates?: true;
  readonly stays?: true;
  readonly shownBy?: GrantedItem["shownBy"];
  readonly lasts?: Lasting;
  /** Keys under which the item was known before it was renamed. */
  readonly formerly?: readonly string[];
  readonly scope: "device" | "user";
  /** Why it cannot be given as declared to any device; then it is not given at all. */
  readonly refused?: string;
  /** What a device must be like to use it; without them every device can. */
  readonly needs?: readonly Need[];
  /** After how many wrong passcodes a device with it erases itself, where that is fewer than without it. */
  readonly arms?: number;
  readonly effects?: GrantedItem["effects"];
  /** Names of the secrets it uses: such an item must not rest on what a device says of itself. */
  readonly secrets: readonly string[];
  /** As what declarations a profile can reach a device; `only`: as nothing else. */
  readonly declared?: DeclaredForm;
  /** As what declarations it may go where the device supports them, the best first; else it goes as a profile. */
  readonly preferred?: readonly DeclaredForm[];
  /** How the app is blocked where the platform can: a profile of reeve's own. */
  readonly blocked?: { readonly id: string; readonly digest: string; readonly uuid: string };
}

export interface DeclaredForm {
  readonly parts: readonly FormPart[];
  readonly digest: string;
  readonly only?: true;
  readonly wraps?: true;
}

export interface CompiledExemption {
  readonly name: string;
  readonly target: CompiledTarget;
  readonly lift: ReadonlySet<string>;
  readonly from: number;
  readonly until: number;
  readonly reason: string;
}

export interface CompiledAct {
  /** `Operation/NAME@GENERATION` or `Deprovision/NAME@GENERATION`. */
  readonly name: string;
  /** What it was called before it was renamed: what ran under such a name does not run again. */
  readonly formerly: readonly string[];
  readonly target: CompiledTarget;
  /** By ownership; undefined refuses. What does not depend on ownership is `any`. */
  readonly verb: Verb | { readonly company: Verb | undefined; readonly personal: Verb | undefined };
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly reason: string;
  readonly expectedDevices: number | undefined;
  readonly expiresAt: number;
  readonly origin: Origin;
}

/** What a Device manifest or a line of a register asserts. */
export interface DeviceEntry {
  readonly name: string;
  readonly match: { readonly serial?: string; readonly imei?: string; readonly enrollmentId?: string };
  readonly alias: string | undefined;
  readonly owner: string | undefined;
  readonly ownership: "company" | "personal" | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Bill, warranty, contract and so on; for people only. */
  readonly asset?: Asset;
  readonly origin: Origin;
}
