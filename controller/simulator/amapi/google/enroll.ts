import { createHash } from "node:crypto";
import { type Cloud, nextNumber } from "../cloud.ts";
import type { Device, Json } from "../kept.ts";
import { publish } from "../pubsub/publish.ts";
import { dropRecord, enterpriseIn } from "./delete-device.ts";
import { shownDevice } from "./devices.ts";
import { tokenByValue } from "./enrollment-tokens.ts";
import { timestamp } from "./wire-json.ts";

/** How a device comes to Google: from its factory state, or from the settings of a device in use. */
export type Arrival = "factory-reset" | "in-settings";

export type Enrolled = { readonly name: string; readonly ownership: string; readonly managementMode: string };

/**
 * Enrolls a device with the value of a token. Who owns it follows from the way in which it comes and from the token
 * together. A text says why it is refused.
 */
export function enrollDevice(
  cloud: Cloud,
  value: string,
  arrival: Arrival,
  facts: Device & { readonly serial: string },
): Enrolled | string {
  const row = tokenByValue(cloud, value);
  if (row === undefined) return "the enrollment token is not valid";
  const kind = kindOf(cloud, String(row.token.allowPersonalUsage ?? ""), arrival);
  if (kind === undefined) return "the enrollment token does not allow personal devices";
  const enterprise = enterpriseIn(String(row.token.name));
  const { serial, ...told } = facts;
  const id = createHash("sha256")
    .update(`${enterprise} ${serial} ${nextNumber(cloud)}`)
    .digest("hex");
  const name = `${enterprise}/devices/${id.slice(0, 16)}`;
  const record = { ...told, ...kind, ...recordOf(cloud, name, row.token) };
  const earlier = earlierNames(cloud, enterprise, serial);
  if (earlier.length > 0) record.previousDeviceNames = [...earlier];
  if (cloud.knobs.earlierRecord === "removed") for (const old of earlier) dropRecord(cloud, old);
  if (row.token.oneTimeOnly === true) cloud.kept.tokens.delete(String(row.token.name));
  cloud.kept.devices.set(name, { record, serial, unmanaged: false });
  cloud.timers.at("without-policy", name, cloud.now() + cloud.knobs.withoutPolicyMs);
  publish(cloud, enterprise, "ENROLLMENT", () => shownDevice(record));
  return { name, ...kind };
}

function recordOf(cloud: Cloud, name: string, token: Json): Device {
  const enterprise = enterpriseIn(name);
  return {
    name,
    state: "PROVISIONING",
    appliedState: "PROVISIONING",
    enrollmentTime: timestamp(cloud.now()),
    enrollmentTokenName: String(token.name),
    ...(token.additionalData ? { enrollmentTokenData: String(token.additionalData) } : {}),
    policyName: String(token.policyName ?? `${enterprise}/policies/default`),
    userName: `${enterprise}/users/${100_000_000_000 + nextNumber(cloud)}`,
  };
}

type Kind = { readonly ownership: string; readonly managementMode: string };

function kindOf(cloud: Cloud, usage: string, arrival: Arrival): Kind | undefined {
  const isPersonal = usage === "PERSONAL_USAGE_ALLOWED";
  const isUnsaid = usage === "";
  if (arrival === "in-settings")
    return isPersonal || isUnsaid
      ? { ownership: "PERSONALLY_OWNED", managementMode: "PROFILE_OWNER" }
      : undefined;
  const managementMode = isPersonal
    ? "PROFILE_OWNER"
    : isUnsaid
      ? cloud.knobs.unspecifiedUsage
      : "DEVICE_OWNER";
  return { ownership: "COMPANY_OWNED", managementMode };
}

/** Names under which the same serial number was enrolled with this enterprise before, the oldest first. */
function earlierNames(cloud: Cloud, enterprise: string, serial: string): readonly string[] {
  const names = cloud.kept.machines.get(serial)?.names ?? [];
  return names.filter((name) => enterpriseIn(name) === enterprise);
}
