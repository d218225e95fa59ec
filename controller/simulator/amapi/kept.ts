import type { androidmanagement_v1 } from "googleapis/build/src/apis/androidmanagement/index.js";
import type { Machine } from "./device/machine.ts";
import type { PubSubFault } from "./pubsub/publish.ts";
import type { Subscription, Topic } from "./pubsub/topics.ts";
import type { Timer } from "./timers.ts";

export type Json = { [field: string]: unknown };
export type Device = androidmanagement_v1.Schema$Device;
export type Command = androidmanagement_v1.Schema$Command;
export type Policy = androidmanagement_v1.Schema$Policy;
export type Detail = androidmanagement_v1.Schema$NonComplianceDetail;

export type Signup = {
  readonly projectId: string;
  readonly callbackUrl: string;
  readonly token: string;
  used: boolean;
};
export type EnterpriseRow = { body: Json; readonly projectId: string };
export type PolicyRow = { body: Policy; version: number };
export type TokenRow = { readonly token: Json; readonly expiresAt: number };
export type DeviceRow = {
  record: Device;
  readonly serial: string;
  /** The management ended on the device and nobody told. */
  unmanaged: boolean;
};
export type OperationRow = {
  readonly name: string;
  readonly device: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly command: Command;
  /** The device has fetched it. */
  fetched: boolean;
  done: boolean;
  error?: { readonly code: number; readonly message: string };
};
/** A device that was deleted and may still be wiped when it comes by. */
export type DeletedRow = {
  readonly serial: string;
  readonly record: Device;
  readonly until: number;
  readonly flags: readonly string[];
  readonly reason: string;
};

/** The version of every app in the emulated Play store. */
export const PLAY_VERSION = 1_000;

/** Everything that outlives a restart of the emulator: plain data, on Google's side and on the devices. */
export type Kept = ReturnType<typeof nothingKept>;

export function nothingKept() {
  return {
    /** What names and ids are counted with. */
    counter: 0,
    signups: new Map<string, Signup>(),
    enterprises: new Map<string, EnterpriseRow>(),
    policies: new Map<string, PolicyRow>(),
    /** The last version of policies that were deleted. */
    deletedPolicies: new Map<string, number>(),
    tokens: new Map<string, TokenRow>(),
    devices: new Map<string, DeviceRow>(),
    deleted: new Map<string, DeletedRow>(),
    operations: new Map<string, OperationRow>(),
    webApps: new Map<string, Json>(),
    migrationTokens: new Map<string, Json>(),
    /** Packages that the emulated Play store does not have. */
    missingApps: new Map<string, true>(),
    /** The newest version that the Play store has of a package, where it is not `PLAY_VERSION`. */
    appVersions: new Map<string, number>(),
    topics: new Map<string, Topic>(),
    subscriptions: new Map<string, Subscription>(),
    pubsubFaults: [] as (Pick<PubSubFault, "type" | "does"> & { left: number })[],
    machines: new Map<string, Machine>(),
    timers: new Map<string, Timer>(),
  };
}

/** All state as text, from which `restore` makes the same state again. */
export function exportKept(kept: Kept): string {
  return JSON.stringify(kept, (_, value) => (value instanceof Map ? { $map: [...value] } : value));
}

export function restoreKept(text: string): Kept {
  return JSON.parse(text, (_, value) =>
    value !== null && typeof value === "object" && Array.isArray(value.$map) ? new Map(value.$map) : value,
  );
}
