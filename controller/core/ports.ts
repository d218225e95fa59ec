/** What the loop needs from the shell. Times are epoch milliseconds. */
import type { ActChange, ActTarget } from "./act.ts";
import type { Json } from "./canonical.ts";
import type { ChannelState } from "./channel.ts";
import type { DeclarationSet } from "./declarations.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { Facts } from "./facts.ts";
import type { Content, Granted, Section } from "./granted.ts";
import type { CommandStatus, Event, LedgerChange } from "./ledger.ts";
import type { Licences } from "./licence.ts";
import type { Observed } from "./observed.ts";
import type { Kept } from "./report.ts";

export type Clock = () => number;

/** A value that is stored once for all who share it; `id` is its digest. */
export interface Interned<T> {
  readonly id: string;
  readonly body: T;
}

export type ChannelKind = "device" | "user";

/** One channel as the connect path reads it: one row, with the interned records it points to. */
export interface ChannelRow {
  /** UDID, EnrollmentID, or UDID:UserID: the enrollment key of the protocol. */
  readonly id: string;
  readonly device: string;
  readonly epoch: number;
  readonly kind: "device" | "user";
  /** `enrolled`; `authenticated` before its first TokenUpdate; `left`; `quarantined`: queries only. */
  readonly status: "authenticated" | "enrolled" | "quarantined" | "left";
  readonly certificate: string;
  /** Of its certificate; absent when that is not one of this store's. */
  readonly validity?: { readonly notBefore: number; readonly notAfter: number } | undefined;
  /** Compared and raised by each write; a write against an old version is refused. */
  readonly version: number;
  readonly state: ChannelState;
  readonly facts: Interned<Facts> | undefined;
  /** The two halves of `facts`: what the device says, and what manifests and its enrollment assert. */
  readonly reported: Facts;
  readonly asserted: Facts;
  readonly granted: Interned<Granted> | undefined;
  readonly observed: Interned<Observed> | undefined;
  /** The declarations that it was handed last: what it asks for is answered from these. */
  readonly declared: Interned<DeclarationSet> | undefined;
  readonly dueAt: number | undefined;
  readonly lastSeenAt: number;
  readonly topic: string;
  readonly serial: string | undefined;
  readonly udid: string | undefined;
  readonly alias: string | undefined;
  /** The reason of this device's suspension. */
  readonly suspended: string | undefined;
  /** What Apps and Books says of the licences of this device. */
  readonly licences: Licences | undefined;
  /** Acts of this device and epoch that are `held`, `ready`, `sent` or `unknown`. */
  readonly acts: readonly ActTarget[];
  /** What persons have stopped at the moment of reading, by the names of latches and controls. */
  readonly stops: readonly string[];
  /** What the database's clock shows, and the latest that it is believed to have shown, epoch ms (store/window-clock). */
  readonly clocks: readonly number[];
}

/** Everything one report changes. Written whole or not at all. */
export interface ChannelChange {
  readonly id: string;
  readonly version: number;
  readonly state: ChannelState;
  readonly observed?: Interned<Observed>;
  /**
   * Facts that this report changed: all that the device reports now, and the record merged with what is asserted
   * (`mergeFacts(reported, row.asserted)`). When the record differs the device waits for admission.
   */
  readonly facts?: { readonly reported: Facts; readonly merged: Interned<Facts> };
  /** What it sends takes something away: it loses while removals are stopped. */
  readonly takesAway?: boolean;
  /** Declarations that the channel is handed with this change; `takesAway`: the device will remove some. */
  readonly declared?: Interned<DeclarationSet> & { readonly takesAway: boolean };
  /** With `patch` the entries of `detail` are laid over what is stored, and the names in `gone` go. */
  readonly details?: readonly {
    readonly section: Section;
    readonly detail: Json;
    readonly at: number;
    readonly patch?: { readonly gone: readonly string[] };
  }[];
  /** What is sealed with it, in the same transaction. */
  readonly kept?: readonly Kept[];
  readonly ledger: readonly LedgerChange[];
  readonly acts: readonly ActChange[];
  readonly events: readonly Event[];
  readonly dueAt: number | undefined;
  readonly seenAt: number;
}

/**
 * `lost`: somebody else wrote first, read again. `refused`: the gate in the database did not let a
 * destructive command through; nothing of the change was written.
 */
export type WriteResult =
  | { readonly type: "written" }
  | { readonly type: "lost" }
  | { readonly type: "refused"; readonly reason: string };

/** The connect path: two statements for any number of concurrent reports. */
export interface Channels {
  readonly read: (id: string) => Promise<ChannelRow | undefined>;
  readonly write: (change: ChannelChange) => Promise<WriteResult>;
  /** Notes that a channel was in contact and nothing changed; kept in memory and written once a second. */
  readonly seen: (id: string, at: number) => void;
}

/** An Authenticate check-in. */
export interface NewEpoch {
  readonly channel: string;
  readonly kind: "device" | "user";
  readonly certificate: string;
  readonly topic: string;
  readonly serial?: string;
  readonly udid?: string;
  readonly facts: Facts;
  /** What the enrollment itself asserts: group, owner, ownership, tags. */
  readonly asserted: Facts;
  /** Somebody else than the device says which one it is. */
  readonly vouched?: boolean;
  readonly at: number;
}

export interface PushAddress {
  readonly token: string;
  readonly magic: string;
  readonly topic: string;
}

/**
 * `policy`: it has applied no version of a policy that reeve wrote. `apps`: it has not reported its apps for longer than
 * `maxAge` allows. `foreign`: Google has it in a policy of somebody else's.
 */
export type Unseen = "policy" | "apps" | "foreign";

/** One set of devices that admission decides alike. */
export interface AdmissionGroup {
  /** Absent on a plan without a store; then it is the device channel. */
  readonly kind?: ChannelKind;
  /** The address of the user of such channels, in lower case, where the device says one. */
  readonly user?: string | undefined;
  readonly facts: Interned<Facts>;
  /** References by which manifests name these devices, sorted; empty for nearly all. */
  readonly named: readonly string[];
  readonly granted: Interned<Granted> | undefined;
  /** What they report of items; admission does not ask for it, a plan does. */
  readonly observed: Interned<Observed> | undefined;
  readonly suspended: string | undefined;
  /** Android: what is not known of what is on them; absent when all is that removals rest on. */
  readonly unseen?: Unseen | undefined;
  /** What they see of the rollouts under way; absent while none is. */
  readonly waves?: string | undefined;
  /** Some of them wait for admission although their granted state may stay as it is. */
  readonly awaiting?: boolean;
  /** Channels. */
  readonly count: number;
  /** The devices that they are of, where these are fewer: a device makes its users up itself. */
  readonly devices?: number | undefined;
  /** Of these devices those that a budget has counted within its window already. */
  readonly counted?: Readonly<Record<CountedBudget, number>> | undefined;
}

/** Budgets that admission counts, by devices. */
export type CountedBudget = "removals" | "isolating";

export interface RevisionRow {
  readonly id: string;
  readonly message: string;
  readonly author: string;
  /** A person's signature stands for everything that came with it, and `author` is that person; else a claim. */
  readonly verified?: boolean;
  readonly at: number;
  readonly status: "in-force" | "superseded" | "refused";
  readonly diagnostics: readonly Diagnostic[];
}

export interface CommandRow {
  readonly id: string;
  readonly device: string;
  readonly epoch: number;
  readonly channel: string;
  readonly requestType: string;
  readonly subject: string;
  readonly attempt: number;
  readonly status: CommandStatus;
  readonly sentAt: number;
  readonly closedAt: number | undefined;
  readonly errors: readonly { readonly domain: string; readonly code: number; readonly text: string }[];
  readonly note: string | undefined;
}

export interface StoredContent {
  readonly digest: string;
  readonly body: Content;
}
