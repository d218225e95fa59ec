import type { SetupOptions } from "../../core/automated-enrollment.ts";
import { Retry } from "../../errors.ts";
import { textIn } from "./capped-fetch.ts";
import type { EnrollmentService } from "./session.ts";

/** What reeve adds to a manifest's wishes. */
export interface ProfilePlace {
  readonly name: string;
  readonly organization: string;
  /** Where a device asks for its enrollment profile. */
  readonly url: string;
  /** Anchors for our own TLS certificate, DER. */
  readonly anchors: readonly Uint8Array[];
}

/** The profile that Apple keeps for devices (Apple: "Profile", `POST /profile`), without devices. */
export function serviceProfile(setup: SetupOptions, place: ProfilePlace): Readonly<Record<string, unknown>> {
  const { language, region, department, phone, email } = setup;
  return {
    profile_name: place.name,
    url: place.url,
    org_magic: place.organization,
    is_supervised: setup.supervised,
    is_mandatory: setup.mandatory,
    is_mdm_removable: setup.removable,
    is_multi_user: setup.shared,
    await_device_configured: setup.awaitConfiguration,
    auto_advance_setup: setup.autoAdvance,
    skip_setup_items: setup.skip,
    ...(place.anchors.length === 0
      ? {}
      : { anchor_certs: place.anchors.map((one) => Buffer.from(one).toString("base64")) }),
    ...(language === undefined ? {} : { language }),
    ...(region === undefined ? {} : { region }),
    ...(department === undefined ? {} : { department }),
    ...(phone === undefined ? {} : { support_phone_number: phone }),
    ...(email === undefined ? {} : { support_email_address: email }),
  };
}

/** Defines a profile; its id. A repetition defines another one, which harms nobody. */
export async function defineProfile(service: EnrollmentService, profile: object): Promise<string> {
  const reply = await service.call("POST", "/profile", { ...profile, devices: [] });
  if (reply.type === "refused")
    throw new Retry("profile-refused", `Apple refuses the enrollment profile: ${reply.code}`);
  const uuid = textIn(reply.body.profile_uuid, 64);
  if (uuid === undefined || !/^[A-Za-z0-9-]{1,64}$/.test(uuid))
    throw new Retry("portal-answer", "a profile was defined without an id");
  return uuid;
}

/** What became of one device of an assignment. */
export type AssignOutcome = "SUCCESS" | "NOT_ACCESSIBLE" | "FAILED" | "THROTTLED";

export interface Assigned {
  readonly outcomes: ReadonlyMap<string, AssignOutcome>;
  /** When those that were throttled may be tried again, ms from now. */
  readonly retryAfterMs: number | undefined;
}

/** How many devices one request may name. */
export const mostAssigned = 1_000;

/** Assigns a profile to devices of this server; `unknown` when Apple does not know the profile any more. */
export async function assignProfile(
  service: EnrollmentService,
  uuid: string,
  serials: readonly string[],
): Promise<Assigned | "unknown"> {
  const reply = await service.call("PUT", "/profile/devices", { profile_uuid: uuid, devices: serials });
  if (reply.type === "refused") {
    if (reply.code.includes("PROFILE")) return "unknown";
    throw new Retry("assign-refused", `Apple refuses the assignment: ${reply.code}`);
  }
  const seconds = reply.body.retry_after_seconds;
  const usable = typeof seconds === "number" && seconds > 0;
  return {
    outcomes: outcomesOf(reply.body.devices, serials),
    retryAfterMs: usable ? Math.ceil(Math.min(seconds, 86_400)) * 1_000 : undefined,
  };
}

/** Takes profiles away from devices. Only a person asks for it. */
export async function removeProfile(
  service: EnrollmentService,
  serials: readonly string[],
): Promise<Assigned> {
  const reply = await service.call("DELETE", "/profile/devices", { devices: serials });
  if (reply.type === "refused") throw new Retry("remove-refused", `Apple refuses it: ${reply.code}`);
  return { outcomes: outcomesOf(reply.body.devices, serials), retryAfterMs: undefined };
}

/** A device that the answer does not name has failed: nothing else is known of it. */
function outcomesOf(value: unknown, serials: readonly string[]): ReadonlyMap<string, AssignOutcome> {
  const said = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
  return new Map(
    serials.map((serial) => {
      const outcome = Object.hasOwn(said, serial) ? said[serial] : undefined;
      const known = (["SUCCESS", "NOT_ACCESSIBLE", "THROTTLED"] as const).find((one) => one === outcome);
      return [serial, known ?? "FAILED"];
    }),
  );
}

/** Whose server a token speaks for (`GET /account`). */
export interface PortalAccount {
  readonly serverUuid: string | undefined;
  readonly serverName: string | undefined;
  readonly organization: string | undefined;
}

/** Asks whose server this is. */
export async function readAccount(service: EnrollmentService): Promise<PortalAccount> {
  const reply = await service.call("GET", "/account");
  if (reply.type === "refused") throw new Retry("portal-error", `/account was refused: ${reply.code}`);
  const { server_uuid, server_name, org_name } = reply.body;
  return {
    serverUuid: textIn(server_uuid, 64),
    serverName: textIn(server_name),
    organization: textIn(org_name),
  };
}

/** Locks a device to the organization (Apple: "Activation Lock a device"); what the service says of it. */
export async function lockActivation(
  service: EnrollmentService,
  device: { readonly serial: string; readonly escrowKey?: string; readonly message?: string },
): Promise<string> {
  const reply = await service.call("POST", "/device/activationlock", {
    device: device.serial,
    ...(device.escrowKey === undefined ? {} : { escrow_key: device.escrowKey }),
    ...(device.message === undefined ? {} : { lost_message: device.message }),
  });
  return reply.type === "refused" ? reply.code : (textIn(reply.body.response_status, 60) ?? "FAILED");
}
