import type { Afterwards } from "../core/lifecycle.ts";

export interface HoldView extends LeftOut {
  /** `Deprovision/NAME@GENERATION`. */
  readonly act: string;
  readonly digest: string;
  readonly place?: string;
  readonly reason: string;
  readonly author: string;
  /** Signatures or a token say who the author is; absent where the commits do. */
  readonly verified?: true;
  readonly expectedDevices?: number;
  readonly expiresAt: number;
  /** `held`, or `cooling`: it is approved, and leaves at `leavesAt`; `leaving`: it leaves when its devices connect; `expired`: over. */
  readonly status: string;
  readonly leavesAt?: number;
  /** Why it waits for persons. */
  readonly because?: string;
  /** Persons in all; those who have approved count. */
  readonly approvalsNeeded: number;
  /** Of what is only planned: how many are enough when every commit of it is signed. */
  readonly approvalsIfSigned?: number;
  readonly approvals: readonly { readonly by: string; readonly at: number }[];
  /** The sliding window that a release counts against, where one is in force. */
  readonly budget?: { readonly used: number; readonly limit: number; readonly windowMs: number };
  /** All of them, or a thousand, those that wait first. */
  readonly devices: readonly HoldDevice[];
  /** Where not all are listed: how many there are, and how many of them wait: held, or not sent yet. */
  readonly count?: { readonly devices: number; readonly waiting: number };
}

/** Of an act that is only planned: why devices are left out, or why it would be refused; the most frequent reasons. */
export interface LeftOut {
  readonly refusals?: readonly PlannedRefusal[];
  /** How many reasons there are besides. */
  readonly moreReasons?: number;
}

export interface PlannedRefusal {
  readonly reason: string;
  /** How many devices it is true of; 0 where it is true of the act as a whole. */
  readonly count: number;
  /** What people call the first of them. */
  readonly devices: readonly string[];
}

/** How many devices an act is of, listed or not. */
export function devicesOf({ count, devices }: Pick<HoldView, "count" | "devices">): number {
  return count?.devices ?? new Set(devices.map(({ device }) => device)).size;
}

export interface HoldDevice {
  readonly device: string;
  readonly name: string;
  readonly serial?: string;
  readonly verb: string;
  readonly ownership?: string;
  readonly lastSeenAt: number;
  readonly status: string;
  /** What becomes of its record when it has carried this out. */
  readonly afterwards?: HoldAfterwards;
}

/** `record` is `deleted` where the record goes as well. */
export type HoldAfterwards = Pick<Afterwards, "mayEnroll" | "reenrollGroup" | "erased" | "releases"> & {
  readonly record: Afterwards["record"] | "deleted";
};

const collator = new Intl.Collator("en", { numeric: true });

/** As people look for them: by their names, with numbers in their order. */
export function byName(devices: readonly HoldDevice[]): readonly HoldDevice[] {
  return devices.toSorted((a, b) => collator.compare(a.name, b.name) || (a.device < b.device ? -1 : 1));
}
