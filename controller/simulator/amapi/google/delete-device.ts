import type { Call, Cloud } from "../cloud.ts";
import type { Device, Json } from "../kept.ts";
import { publish } from "../pubsub/publish.ts";
import { deviceRow, shownDevice } from "./devices.ts";
import { invalid } from "./google-error.ts";

const FLAGS = ["PRESERVE_RESET_PROTECTION_DATA", "WIPE_EXTERNAL_STORAGE", "WIPE_ESIMS"];

/** `devices.delete`: the record goes at once; the device is wiped when it comes by within its time, if ever. */
export function deleteDevice(call: Call): Json {
  deviceRow(call);
  const flags = call.query.getAll("wipeDataFlags");
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) throw invalid(`Invalid value at 'wipe_data_flags', "${unknown}"`);
  const reason = call.query.get("wipeReasonMessage") ?? "";
  if (reason.length > 200) throw invalid("wipe_reason_message must have at most 200 characters.");
  forgetDevice(call.cloud, call.name, flags, reason);
  return {};
}

/** The record is gone, and the device is told to go when it comes by. */
export function forgetDevice(cloud: Cloud, name: string, flags: readonly string[], reason: string): void {
  const row = cloud.kept.devices.get(name);
  if (row === undefined) return;
  dropRecord(cloud, name);
  const until = cloud.now() + cloud.knobs.deleteReachesMs;
  cloud.kept.deleted.set(name, { serial: row.serial, record: row.record, until, flags, reason });
  cloud.nudge(row.serial, "command");
}

/** A device told that it went: its last report is published, and nothing of it is left. */
export function deviceWent(cloud: Cloud, name: string): void {
  const record = cloud.kept.devices.get(name)?.record ?? cloud.kept.deleted.get(name)?.record;
  dropRecord(cloud, name);
  cloud.kept.deleted.delete(name);
  if (record !== undefined) tellDeleted(cloud, name, record);
}

/** The record and its operations are not there any more. */
export function dropRecord(cloud: Cloud, name: string): void {
  cloud.kept.devices.delete(name);
  for (const [operation, { device }] of cloud.kept.operations)
    if (device === name) {
      cloud.kept.operations.delete(operation);
      cloud.timers.cancel("operation-expires", operation);
      cloud.timers.cancel("operation-forgotten", operation);
    }
}

function tellDeleted(cloud: Cloud, name: string, record: Device): void {
  publish(cloud, enterpriseIn(name), cloud.knobs.deletedIsToldAs, () =>
    shownDevice({ ...record, appliedState: "DELETED" }),
  );
}

/** `enterprises/LC1` of any name below it. */
export function enterpriseIn(name: string): string {
  return name.split("/").slice(0, 2).join("/");
}
