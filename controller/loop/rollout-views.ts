/** The JSON of rollouts, as the admin API answers it and the CLI renders it. */

export interface RolloutView {
  readonly policy: string;
  readonly status: "progressing" | "paused" | "aborted" | "complete";
  /** The wave that has begun, from 1; 0 before the first. */
  readonly wave: number;
  /** The shares of all waves, in 0..1. */
  readonly waves: readonly number[];
  /** The share that has been reached. */
  readonly share: number;
  readonly soakMs: number;
  /** How much of the soak is left; the wave must be healthy meanwhile. */
  readonly soakLeftMs: number;
  /** After so long without a judgement it is paused. */
  readonly deadlineMs: number;
  /** Share of the reports that may have failed for good before it is paused. */
  readonly maxFailed: number;
  readonly elapsedMs: number;
  /** Devices of the wave, of those that the newest version changes something for. */
  readonly counts?: RolloutCounts;
  /** Reports that the wave is judged by. */
  readonly needed?: number;
  readonly reason?: string;
  readonly by: string;
  readonly since: number;
  /** What versions there are, the newest first, and which share of the devices sees each or a newer one. */
  readonly versions: readonly {
    readonly version: string;
    readonly revision: string;
    readonly since: number;
    readonly share: number;
    /** Why it was paused, where too many devices failed with it: an abort returns nobody to it. */
    readonly failed?: string;
  }[];
}

export interface RolloutCounts {
  readonly devices: number;
  readonly given: number;
  readonly reported: number;
  readonly failing: number;
  readonly failed: number;
  readonly offline: number;
  /** What went wrong on the first that failed, and what people call it. */
  readonly reason?: string;
  readonly device?: string;
  /** Those that wait for a maintenance window, and for which; the deadline does not run meanwhile. */
  readonly waiting?: number;
  readonly window?: string;
}

/** What would begin, or go back, with a plan, and what is under way with it. */
export interface PlanRollout {
  readonly policy: string;
  readonly place: string;
  /**
   * `waves`: it reaches its devices one wave after the other; `back`: all go back to an earlier version at once;
   * `under-way`: its waves have begun, and the plan has what those in them get; `ends`: its policy declares no waves any
   * more, so that the others get the newest version at once, whatever had stopped it.
   */
  readonly how: "waves" | "back" | "under-way" | "ends";
  readonly waves: readonly number[];
  readonly soakMs: number;
  /** Devices that it changes something for, and those of the first wave; of one under way, those whose wave has begun. */
  readonly devices: number;
  readonly first: number;
  /** Of one under way, or that ends: the wave that has begun, from 1; 0 before the first. */
  readonly wave?: number;
  /** Of one under way, that ends, or that a person has paused: how it stands, and by whose doing. */
  readonly status?: Exclude<RolloutView["status"], "complete">;
  readonly by?: string;
}

/** How one device stands in a rollout. */
export interface DeviceRollout {
  readonly policy: string;
  /** `newest`: it is to have the newest version; `older`: it waits with the version that it has. */
  readonly sees: "newest" | "older";
  readonly status: RolloutView["status"];
  /** The revision that its version came with; absent where it has none of this policy. */
  readonly revision?: string;
  /** Which wave brings the newest version; `about` where its end depends on how many devices there will be. */
  readonly wave?: number;
  readonly about?: boolean;
  /** The shares between which that wave lies, in 0..1. */
  readonly from?: number;
  readonly to?: number;
}
