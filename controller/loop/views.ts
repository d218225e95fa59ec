/** The JSON that the admin API answers and the CLI renders; documented in the OpenAPI document. */

import type { Condition } from "../core/condition.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { ExplainedItem } from "../core/explain.ts";
import type { RecordState } from "../core/lifecycle.ts";
import type { Overdue } from "../core/overdue.ts";
import type { PlanEntry } from "../core/plan.ts";
import type { RevisionChanges } from "../store/revision-changes.ts";
import type { HoldView, LeftOut } from "./hold-view.ts";
import type { DepartedCondition, EndedView, LifecycleView, UnansweredView } from "./lifecycle-views.ts";
import type { ManagementView } from "./management-views.ts";
import type { PlanEnrollment } from "./portal/portal-views.ts";
import type { DeviceRollout, PlanRollout, RolloutView } from "./rollout-views.ts";
import type { LocationView } from "./secret-views.ts";
import type { UserExplainView, UserView } from "./user-views.ts";

export type { ReconcileView } from "./reconcile-view.ts";

export interface RevisionView {
  readonly revision: string;
  readonly message: string;
  readonly author: string;
  /** Persons signed everything that came with it, and `author` is one of them; absent where it is a claim. */
  readonly verified?: true;
  readonly at: number;
}

export interface PlanView {
  /** What was planned, and what it is compared with; absent before anything is in force. */
  readonly planned: RevisionView;
  readonly inForce?: RevisionView;
  readonly devices: number;
  readonly unchanged: number;
  readonly changed: number;
  /** Users with channels of their own; absent where there are none. */
  readonly users?: { readonly total: number; readonly changed: number };
  readonly states: number;
  readonly newestReportAt?: number;
  readonly entries: readonly PlanViewEntry[];
  readonly removals: {
    /** Those that the budget has not counted within the hour; a device and its users count once each. */
    readonly devices: number;
    /** Devices in an hour; `used` are those of the last hour, without this plan. */
    readonly budget: number;
    readonly used: number;
    readonly frozen?: string;
  };
  /** The same for devices whose last network or trusted certificates change or go; absent when there are none. */
  readonly isolating?: { readonly devices: number; readonly budget: number; readonly used: number };
  /** What would destroy data or end management; never folded away. */
  readonly destructive: readonly HoldView[];
  readonly diagnostics: readonly Diagnostic[];
  /** What changes for devices of Apple's portals; absent when nothing does. */
  readonly enrollments?: readonly PlanEnrollment[];
  /** Changes that would reach their devices in waves, or be taken back; absent when there is none. */
  readonly rollouts?: readonly PlanRollout[];
}

export interface PlanViewEntry extends PlanEntry, LeftOut {
  /** `FILE:LINE` of the policy's line, where it is still declared. */
  readonly place?: string;
  /** `minLength 6 -> 8`. */
  readonly changes?: readonly string[];
  /** What lets these devices erase themselves once they have it, a sentence part for each. */
  readonly armed?: readonly string[];
  /** The shares of the waves in which it reaches them, in 0..1; absent when all get it at once. */
  readonly waves?: readonly number[];
}

export interface Counts {
  readonly total: number;
  readonly ready: number;
  readonly reconciling: number;
  readonly stalled: number;
  readonly held: number;
  readonly unreachable: number;
}

/** Why devices stand as they do. */
export interface ReasonView {
  readonly reason: string;
  readonly devices: number;
  readonly example: string;
  /** What people call the example. */
  readonly name: string;
}

export interface StatusView {
  readonly organization: string;
  readonly inForce?: RevisionView;
  readonly refused?: RevisionView & { readonly diagnostics: readonly Diagnostic[] };
  readonly source: { readonly description: string; readonly lastPollAt?: number; readonly error?: string };
  readonly platforms: readonly (Counts & { readonly platform: string })[];
  readonly total: Counts;
  readonly stalled: readonly ReasonView[];
  /** Why something is held back on devices, where neither `holds` nor `latches` tell it: removals, and windows. */
  readonly held: readonly ReasonView[];
  readonly holds: {
    readonly acts: number;
    readonly devices: number;
    /** How many of the acts are approved and leave by themselves, and when the first of them does. */
    readonly cooling?: number;
    readonly leavesAt?: number;
    /** Other acts that may leave without another word and have not left to all of their devices; absent when none. */
    readonly ready?: number;
  };
  /** Latches: breaker, kill switch, observe mode, suspension, frozen removals. */
  readonly latches: readonly { readonly name: string; readonly reason: string; readonly since: number }[];
  readonly warnings: readonly { readonly message: string; readonly hint?: string }[];
  /** Records of devices that were deprovisioned and have not come back, by what they are called. */
  readonly lifecycle: Readonly<Partial<Record<RecordState, number>>>;
  /** Changes that reach their devices in waves and are not complete; absent when there is none. */
  readonly rollouts?: readonly RolloutView[];
  /** Long changes, and how far they are. */
  readonly underWay: readonly string[];
  readonly gate: "enforced" | "advisory";
  /** Those of the last 24 hours. */
  readonly commands: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface DeviceView {
  readonly id: string;
  readonly name: string;
  readonly serial?: string;
  readonly udid?: string;
  readonly platform?: string;
  readonly model?: string;
  readonly osVersion?: string;
  readonly ownership?: string;
  readonly mode?: string;
  readonly owner?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly epoch: number;
  /** `new`, `enrolled`, `unenrolled`, `quarantined`. */
  readonly enrollment: string;
  readonly condition: Condition | DepartedCondition;
  /** Since when the condition is of this type. */
  readonly conditionSince?: number;
  readonly lastSeenAt: number;
  readonly suspended?: string;
  /** Sections that it should have reported by now. */
  readonly overdue?: readonly Overdue[];
  /** What became of it when it was deprovisioned, until it enrolls again. */
  readonly lifecycle?: LifecycleView;
  readonly unanswered?: UnansweredView;
}

export interface DeviceDetailView extends DeviceView {
  readonly sections: readonly {
    readonly section: string;
    readonly collectedAt: number;
    readonly detail: unknown;
  }[];
  readonly groups: readonly string[];
  /** Users who have a channel of their own. */
  readonly users: readonly UserView[];
  /** What its manifest says of its bill, warranty and contract. */
  readonly asset?: Readonly<Record<string, string | number>>;
  /** Where it was when it was last asked, while it is lost; for operators only. */
  readonly location?: LocationView;
  /** Android: how Google says that it is managed. */
  readonly management?: ManagementView;
  /** How it stands in rollouts under way; absent when there is none. */
  readonly rollouts?: readonly DeviceRollout[];
}

/** Which commit asked for an item. */
export interface Committed {
  readonly commit?: string;
  readonly author?: string;
  /** Persons signed everything that came with it. */
  readonly verified?: true;
}

export interface ExplainView {
  readonly device: DeviceView;
  /** What is doubtful about which device it is, a sentence each. */
  readonly doubts: readonly string[];
  readonly groups: readonly { readonly name: string; readonly because: string }[];
  readonly items: readonly (ExplainedItem & Committed)[];
  readonly notOurs: { readonly profiles: number; readonly apps: number };
  readonly next: string;
  /** The same for each user who has a channel of his own. */
  readonly users: readonly UserExplainView[];
  /** What is due and was not sent yet, and what was tried to wake the device for it. */
  readonly awaited?: OperationView;
  /** How it stands in rollouts under way; absent when there is none. */
  readonly rollouts?: readonly DeviceRollout[];
  /** The act that ended its management, of a device that is not managed any more. */
  readonly ended?: EndedView;
  readonly revision?: string;
}

export interface OperationView {
  /** As the device knows the command: Apple's CommandUUID. Of an act that was refused, of which there is none, its own. */
  readonly id: string;
  readonly at: number;
  readonly device: string;
  readonly name: string;
  readonly type: string;
  /** An item's key, `query/SECTION`, or the name of an act. */
  readonly subject: string;
  readonly direction: "->" | "<-";
  readonly status: string;
  /** 0: nothing was sent. */
  readonly attempt: number;
  readonly information: string;
  /** What can be done about it. */
  readonly advice?: string;
}

export interface EventView {
  readonly id: string;
  readonly at: number;
  readonly type: string;
  readonly device?: string;
  /** What people call the device. */
  readonly name?: string;
  /** What it is about: an item, or the name of an act. */
  readonly subject?: string;
  readonly message: string;
  readonly by?: string;
  readonly revision?: string;
}

export interface EventsView {
  readonly events: readonly EventView[];
  /** Routine events that were left out between these; 10,000 means so many or more. */
  readonly hidden: number;
}

export interface DevicesView {
  readonly devices: readonly DeviceView[];
  /** Given to `after` for the next page; absent on the last one. */
  readonly next?: string;
  readonly total: number;
}

/** How many commands of each type have each status. */
export interface OperationsSummaryView {
  readonly commands: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface RevisionEntryView extends RevisionView {
  readonly status: "in-force" | "superseded" | "refused";
  /** Against the one before; absent of one that was refused, or that an older reeve put in force. */
  readonly changes?: RevisionChanges;
  readonly diagnostics: readonly Diagnostic[];
}
