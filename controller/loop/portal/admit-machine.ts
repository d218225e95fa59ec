import type { X509Certificate } from "node:crypto";
import { type MachineInfo, readMachineInfo } from "../../apple/machine-info.ts";
import {
  type CompiledEnrollment,
  chooseEnrollment,
  missingVersion,
} from "../../core/automated-enrollment.ts";
import type { Facts, Platform } from "../../core/facts.ts";
import { UserError } from "../../errors.ts";
import { findPortalDevice } from "../../store/enrollment-devices.ts";
import { appendEvents } from "../../store/events.ts";
import { noteRefused, retiredBy } from "../../store/lifecycle.ts";
import { claimedBy } from "../doubts.ts";
import { assertedBy, buildProfile, type EnrollPorts, type Invitation, requirePlace } from "../enroll.ts";
import { nothingTold, tellOnce } from "../told-once.ts";

export interface MachinePorts {
  readonly enroll: EnrollPorts;
  readonly enrollments: () => readonly CompiledEnrollment[] | undefined;
  /** Who issues the certificates of devices; without one nobody is let in. */
  readonly authorities: readonly X509Certificate[];
}

/** What a device in Setup Assistant is answered. */
export type Admission =
  | { readonly type: "profile"; readonly profile: Buffer }
  /** It updates itself to this version and asks again. */
  | { readonly type: "update"; readonly version: string }
  | { readonly type: "refused"; readonly reason: string };

/** A device that takes longer to enroll asks again. */
const profileMs = 3_600_000;

/**
 * Decides about a device that was told by Apple to enroll here. It is let in when Apple made it (its MachineInfo is
 * signed), when its serial number is one of this server's, and when its system is new enough: with a profile that is
 * good for this serial number, once and within the hour.
 */
export async function admitMachine(
  ports: MachinePorts,
  server: string,
  body: Uint8Array,
): Promise<Admission> {
  const { store } = ports.enroll;
  if (ports.authorities.length === 0) return { type: "refused", reason: "no-device-authority" };
  const read = readMachineInfo(body, ports.authorities);
  if (read.type === "refused") return read;
  const { machine } = read;
  const device = await findPortalDevice(store, server, machine.serial);
  if (device?.present !== true)
    return refuse(ports, server, machine, "serial-not-ours", "it is not on its list");
  const retired = await retiredBy(store, { channels: [machine.udid], serial: machine.serial });
  if (retired !== undefined) {
    await noteRefused(store, [retired], ports.enroll.clock());
    return { type: "refused", reason: "device-retired" };
  }
  const known = { ...device, model: device.model ?? undefined };
  const platform = machine.platform ?? (device.platform as Platform | null) ?? undefined;
  const chosen = chooseEnrollment(ports.enrollments() ?? [], server, { ...known, platform });
  if (chosen.type === "conflict")
    return refuse(
      ports,
      server,
      machine,
      "enrollment-conflict",
      `${chosen.names.join(" and ")} both mean it`,
    );
  const enrollment = chosen.type === "one" ? chosen.enrollment : undefined;
  const version = enrollment && missingVersion(enrollment, { platform, osVersion: machine.osVersion });
  if (version !== undefined) {
    if (machine.canUpdate) return { type: "update", version };
    const says = `its system ${machine.osVersion ?? "(unknown)"} is older than ${version} and cannot update itself`;
    return refuse(ports, server, machine, "system-too-old", says);
  }
  return admit(ports, server, machine, enrollment);
}

async function admit(
  ports: MachinePorts,
  server: string,
  machine: MachineInfo,
  enrollment: CompiledEnrollment | undefined,
): Promise<Admission> {
  const { enroll } = ports;
  const by = enrollment === undefined ? `server ${server}` : `AutomatedEnrollment/${enrollment.name}`;
  const invitation: Invitation = {
    serial: machine.serial,
    ownership: "company",
    uses: 1,
    expiresAt: enroll.clock() + profileMs,
    by,
    ...(enrollment === undefined ? {} : { tags: enrollment.tags }),
    ...(enrollment?.group === undefined ? {} : { group: enrollment.group }),
  };
  try {
    await requirePlace(enroll, invitation);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return refuse(ports, server, machine, error.code, error.message);
  }
  const asserted: Facts = {
    ...assertedBy(invitation),
    ...claimedBy(enrollment?.admitsReturn === true ? machine.udid : undefined),
    enrollment: { value: "automated", source: "asserted" },
  };
  const { uses, expiresAt } = invitation;
  const grant = { uses, expiresAt, by, boundTo: machine.serial, asserted };
  return { type: "profile", profile: await buildProfile(enroll, grant, true) };
}

const told = nothingTold();

/** Told once for each serial number and reason: whoever is refused may ask as often as he likes. */
async function refuse(
  { enroll: { store, clock } }: MachinePorts,
  server: string,
  { serial, product }: MachineInfo,
  reason: string,
  says: string,
): Promise<Admission> {
  const key = `${server} ${serial} ${reason}`;
  const message = `${product} ${serial} asked ${server} in Setup Assistant: refused, ${says}`;
  const event = { type: "enrollment.refused", at: clock(), message, words: [serial] };
  await tellOnce(told, store, key, () => appendEvents(store, [event]));
  return { type: "refused", reason };
}
