import { sha256 } from "./canonical.ts";
import type { CompiledPolicy } from "./compiled.ts";

/** What a policy says of how its changes reach its devices. */
export interface RolloutRules {
  /** Shares of the devices, ascending, in 0..1; the last is 1. */
  readonly waves: readonly number[];
  /** How long a wave must be healthy before the next one, ms. */
  readonly soakMs: number;
  /** Share of the reports that may be failures. */
  readonly maxFailed: number;
  readonly minReports: number;
  /** A wave that cannot be judged for so long pauses the rollout, ms. */
  readonly deadlineMs: number;
}

/**
 * What a device sees of a policy in one of its versions: the policy as it was compiled, `nothing` where there was none,
 * or `kept`: a version that this program cannot read, so that whoever has it keeps what it was granted.
 */
export type Version = CompiledPolicy | "nothing" | "kept";

/** One version of a policy, and which devices have it while no newer one holds them. */
export interface RolloutLayer {
  /** Devices whose position is below this see it, 0..`whole`. */
  readonly below: number;
  /** The share that its last wave was to reach; 0 before its first. */
  readonly share: number;
  /** `versionOf` it. */
  readonly version: string;
  readonly policy: Version;
  /** The revision that it came with. */
  readonly revision: string;
  /** When it came, epoch ms. */
  readonly since: number;
  /** Why it was paused, where too many devices failed with it and nobody resumed it: an abort returns no device to it. */
  readonly failed?: string;
}

/** Which devices see which version of a policy. */
export interface RolloutVersions {
  readonly policy: string;
  /** The first name of the policy: what a device's position is worked out from, also when it is renamed. */
  readonly seed: string;
  /** The newest first; the last one is seen by all whom no newer one holds. */
  readonly layers: readonly RolloutLayer[];
}

/** How the versions of one policy stand; kept also when all devices have the newest, as the base of the next one. */
export interface Rollout extends RolloutVersions {
  readonly status: "progressing" | "paused" | "aborted" | "complete";
  /** Why it does not go on. */
  readonly reason: string | undefined;
  /** Who paused, resumed or aborted it; `reeve` when nobody did. */
  readonly by: string;
  /** Since when it stands as it does, epoch ms. */
  readonly since: number;
  /** How long the wave has been watched, and how long of that it was healthy, ms. */
  readonly elapsedMs: number;
  readonly soakedMs: number;
  /** Up to when both were counted, epoch ms. */
  readonly countedAt: number;
  /** Only what a device reports after this is evidence, epoch ms. */
  readonly judgedFrom: number;
}

/** Positions are whole numbers from 0 to this. */
export const whole = 2 ** 48;

/** More versions than this are never told apart. */
export const mostLayers = 8;

/**
 * Where a device stands in the waves of a policy: the same for ever, whatever else is in the fleet. The store works it
 * out by the same rule (reeve.wave_position).
 */
export function positionOf(seed: string, device: string): number {
  return Number.parseInt(sha256(`${seed}\n${device}`).slice(0, 12), 16);
}

/** Of each layer the position below which a device sees it or a newer one: never falling, as the store needs it. */
export function thresholdsOf(layers: readonly RolloutLayer[]): readonly number[] {
  let most = 0;
  return layers.map(({ below }) => {
    most = Math.max(most, below);
    return most;
  });
}

/** The index of the layer that a position sees. */
export function layerAt(layers: readonly RolloutLayer[], position: number): number {
  const index = thresholdsOf(layers).findIndex((below) => position < below);
  return index === -1 ? layers.length - 1 : index;
}

/** True while devices may see different versions. */
export function isUnderWay({ layers }: Pick<Rollout, "layers">): boolean {
  return layers.length > 1;
}

/** The place below which a share of all places lies; a share of more than all is all of them. */
export function placeAt(share: number): number {
  return Math.min(whole, Math.floor(share * whole));
}

/** How many of so many devices a share is: rounded down, and one at least. */
export function sizeOf(share: number, devices: number): number {
  if (devices === 0) return 0;
  // 0.07 * 100 is a little more than 7, and 0.29 * 100 a little less than 29.
  return Math.max(1, Math.floor(share * devices + 1e-9));
}
