import type { Cloud } from "../cloud.ts";
import type { Command, Device, OperationRow, Policy } from "../kept.ts";
import { publish } from "../pubsub/publish.ts";
import { deviceWent, dropRecord, enterpriseIn } from "./delete-device.ts";
import { shownDevice } from "./devices.ts";
import { finishOperation } from "./finish-operation.ts";
import { timestamp } from "./wire-json.ts";

/** What a device fetches when it talks to Google. */
export type Fetched = {
  /** The device is to go: its record was deleted and its time is not over. */
  readonly gone?: { readonly flags: readonly string[]; readonly reason: string };
  readonly state: string;
  readonly disabledReason?: string;
  readonly policy?: { readonly name: string; readonly version: number; readonly body: Policy };
  readonly commands: readonly { readonly name: string; readonly command: Command }[];
};

/** What waits for the device of this name; undefined when Google knows nothing of it, and it is left alone. */
export function fetchFor(cloud: Cloud, name: string): Fetched | undefined {
  const deleted = cloud.kept.deleted.get(name);
  if (deleted !== undefined) {
    if (deleted.until < cloud.now()) return undefined;
    return { gone: deleted, state: "DELETED", commands: [] };
  }
  const record = cloud.kept.devices.get(name)?.record;
  if (record === undefined) return undefined;
  const policy = cloud.kept.policies.get(record.policyName ?? "");
  const waiting = [...cloud.kept.operations.values()].filter((row) => row.device === name && !row.done);
  for (const row of waiting) row.fetched = true;
  return {
    state: record.state ?? "ACTIVE",
    ...(record.disabledReason?.defaultMessage
      ? { disabledReason: record.disabledReason.defaultMessage }
      : {}),
    ...(policy !== undefined ? { policy: { name: record.policyName ?? "", ...policy } } : {}),
    commands: waiting.map((row) => ({ name: row.name, command: row.command })),
  };
}

/** What is true of a device from now on, as it says itself. */
export function tellApplied(cloud: Cloud, name: string, applied: Device): void {
  const row = cloud.kept.devices.get(name);
  if (row === undefined) return;
  const state =
    row.record.state === "PROVISIONING" && applied.appliedState !== "PROVISIONING" ? "ACTIVE" : undefined;
  row.record = {
    ...row.record,
    ...applied,
    ...(state !== undefined ? { state } : {}),
    lastPolicySyncTime: timestamp(cloud.now()),
  };
  if (row.record.appliedPolicyName) cloud.timers.cancel("without-policy", name);
}

/** A status report arrives: the sections that it has no more are gone, and subscribers are told. */
export function tellReport(
  cloud: Cloud,
  name: string,
  report: Device,
  sections: readonly (keyof Device)[],
): void {
  const row = cloud.kept.devices.get(name);
  if (row === undefined) return;
  const kept = { ...row.record };
  for (const section of sections) delete kept[section];
  row.record = { ...kept, ...report, lastStatusReportTime: timestamp(cloud.now()) };
  publish(cloud, enterpriseIn(name), "STATUS_REPORT", () => shownDevice(row.record));
}

/** The device executed a command, or says why it could not. False when the command had ended before. */
export function tellExecuted(cloud: Cloud, operation: string, outcome: Command): boolean {
  const row = cloud.kept.operations.get(operation);
  if (row === undefined || row.done) return false;
  finishOperation(cloud, row as OperationRow, outcome);
  return true;
}

/** The device left management and could still say so. */
export function tellGone(cloud: Cloud, name: string): void {
  deviceWent(cloud, name);
}

/** The device left management and nobody tells: the record stays, and its reports end. */
export function leftSilently(cloud: Cloud, name: string): void {
  const row = cloud.kept.devices.get(name);
  if (row !== undefined) row.unmanaged = true;
}

/** The enrollment came to nothing: no record is left. */
export function enrollmentFailed(cloud: Cloud, name: string): void {
  dropRecord(cloud, name);
}

/** Something that only the usage log of a device tells, such as where a lost device is. */
export function tellUsage(cloud: Cloud, name: string, event: object): void {
  const retrievalTime = timestamp(cloud.now());
  const user = cloud.kept.devices.get(name)?.record.userName;
  const batch = { device: name, ...(user ? { user } : {}), retrievalTime, usageLogEvents: [event] };
  publish(cloud, enterpriseIn(name), "USAGE_LOGS", () => batch);
}
