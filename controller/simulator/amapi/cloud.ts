import type { Json, Kept } from "./kept.ts";
import type { Knobs } from "./knobs.ts";
import type { Timers } from "./timers.ts";

/** Google's side: its state, its clock and its way to devices. */
export type Cloud = {
  readonly kept: Kept;
  readonly knobs: Knobs;
  readonly timers: Timers;
  /** Epoch milliseconds. */
  now(): number;
  /** Tells a device that there is something to fetch; one that is offline does not hear it. */
  nudge(serial: string, why: "policy" | "command"): void;
};

/** A request that found its method: what its path names, its query and its body. */
export type Call = {
  readonly cloud: Cloud;
  /** `enterprises/LC1/devices/1a`: the resource or the parent that the path names, without a verb. */
  readonly name: string;
  /** `enterprises/LC1`; empty where the path names none. */
  readonly enterprise: string;
  readonly query: URLSearchParams;
  readonly body: Json;
};

/** A number that was not given out before. */
export function nextNumber({ kept }: Pick<Cloud, "kept">): number {
  kept.counter += 1;
  return kept.counter;
}
