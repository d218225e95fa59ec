import type { Call, Cloud } from "../cloud.ts";
import type { Device, DeviceRow, Json } from "../kept.ts";
import { checkBody } from "./check-body.ts";
import { enterpriseOf, policyNameOf, rowsIn } from "./enterprise-of.ts";
import { maskOf } from "./field-mask.ts";
import { GoogleError, invalid, notFound } from "./google-error.ts";
import { DOCUMENTED_PAGE, listed, page } from "./paging.ts";
import { asGoogleWrites } from "./wire-json.ts";

/** The only fields of a device that a client may write. */
const MODIFIABLE = ["policyName", "state", "disabledReason"];

/** The device; 404 when it is not there or was deleted. */
export function deviceRow({
  cloud,
  name,
  enterprise,
}: Pick<Call, "cloud" | "name" | "enterprise">): DeviceRow {
  enterpriseOf(cloud, enterprise);
  const row = cloud.kept.devices.get(name);
  if (row === undefined) throw notFound();
  const { http, status } = cloud.knobs.noLongerManaged;
  if (row.unmanaged && cloud.knobs.afterUserRemoval === "no-longer-managed")
    throw new GoogleError(http, status, "Device is no longer being managed");
  return row;
}

export function getDevice(call: Call): Json {
  return shownDevice(deviceRow(call).record);
}

/** `devices.list`: ten to a page unless asked otherwise, never more than a hundred. */
export function listDevices({ cloud, name, query }: Call): Json {
  enterpriseOf(cloud, name);
  const all = rowsIn(cloud.kept.devices, `${name}/devices`);
  const { items, next } = page(all, ([id]) => id, query, DOCUMENTED_PAGE);
  return listed(
    "devices",
    items.map(([, row]) => shownDevice(row.record)),
    next,
  );
}

/** `devices.patch`: what the device is to be. What it is changes when it has fetched that. */
export function patchDevice(call: Call): Json {
  const { cloud, enterprise, body } = call;
  const row = deviceRow(call);
  checkBody("Device", body, true);
  const mask = maskOf(call.query) ?? fieldsWithoutMask(cloud, body);
  const foreign = mask.find((path) => !MODIFIABLE.includes(path.split(".")[0] ?? ""));
  if (foreign !== undefined) throw invalid(`Invalid update mask: ${foreign} cannot be modified.`);
  const change: Device = {};
  const isAll = maskOf(call.query) === undefined;
  if (mask.includes("policyName"))
    change.policyName = policyFor(cloud, enterprise, body.policyName ?? (isAll ? "default" : undefined));
  if (mask.includes("state")) change.state = stateFor(body.state ?? (isAll ? "ACTIVE" : undefined));
  if (mask.includes("disabledReason")) change.disabledReason = body.disabledReason as never;
  row.record = { ...row.record, ...change };
  if (row.record.disabledReason === undefined) delete row.record.disabledReason;
  cloud.nudge(row.serial, "policy");
  return shownDevice(row.record);
}

function fieldsWithoutMask({ knobs }: Cloud, body: Json): readonly string[] {
  return knobs.devicePatchWithoutMask === "all"
    ? MODIFIABLE
    : MODIFIABLE.filter((field) => body[field] !== undefined);
}

function policyFor(cloud: Cloud, enterprise: string, given: unknown): string {
  if (typeof given !== "string" || given === "") throw invalid("policy_name must be set.");
  const policy = policyNameOf(enterprise, given);
  if (cloud.knobs.moveToMissingPolicy === "refuse" && !cloud.kept.policies.has(policy)) throw notFound();
  return policy;
}

function stateFor(given: unknown): string {
  if (given !== "ACTIVE" && given !== "DISABLED") throw invalid("state must be ACTIVE or DISABLED.");
  return given;
}

export function shownDevice(record: Device): Json {
  return asGoogleWrites("Device", record);
}
