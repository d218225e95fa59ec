import type { RecordState, ReleasePortal } from "../core/lifecycle.ts";

/** How a device stands that is not managed any more. */
export interface DepartedCondition {
  readonly type: "Unreachable" | "ReleasePending" | "Deprovisioned";
  readonly reason: string;
  readonly message: string;
}

/** What became of a device that was deprovisioned. Times are epoch ms. */
export interface LifecycleView {
  readonly state: RecordState;
  readonly since: number;
  /** The act that asked for it. */
  readonly act?: string;
  readonly mayEnroll: boolean;
  readonly reenrollGroup?: string;
  /** When its personal records are erased, and when they were. */
  readonly eraseAt?: number;
  readonly erasedAt?: number;
  /** When it last asked to enroll and was refused. */
  readonly refusedAt?: number;
  /** Portals that would bring it back by itself. */
  readonly releases: readonly {
    readonly portal: ReleasePortal;
    readonly since: number;
    readonly askedAt?: number;
    readonly trouble?: string;
  }[];
}

/** An end of management that was sent, and of which nobody knows whether it was carried out. */
export interface UnansweredView {
  readonly act: string;
  readonly verb: string;
  readonly status: "sent" | "unknown";
  readonly since: number;
}

/** The act that ended the management of a device. */
export interface EndedView {
  readonly act: string;
  readonly verb: string;
  readonly at: number;
  readonly author: string;
  readonly reason: string;
  readonly approvedBy: readonly string[];
}
