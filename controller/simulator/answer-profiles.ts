import { createHash, X509Certificate } from "node:crypto";
import { updateToken } from "./check-in.ts";
import type { Signer } from "./cms.ts";
import { declaredAlready } from "./declared-already.ts";
import { isSignedAlike, readMdmPayload, sameManagement } from "./enrollment-profile.ts";
import { obtainIdentity } from "./identity.ts";
import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import { type PlistDict, type PlistValue, realOf } from "./plist.ts";
import { certificatesIn, installationFailed, openProfile, type Profile } from "./profile.ts";
import type { InstalledProfile } from "./state.ts";

// An unsupervised device refuses these payloads (supervised: true in Apple's schema).
const SUPERVISED_ONLY = new Set([
  "com.apple.app.lock",
  "com.apple.webcontent-filter",
  "com.apple.homescreenlayout",
  "com.apple.notificationsettings",
  "com.apple.proxy.http.global",
  "com.apple.lockscreen",
]);

/** InstallProfile: unpacked, checked and put in place of the one with the same identifier. */
export async function installProfile(machine: Machine, command: PlistDict): Promise<Answer> {
  const state = machine.state;
  const opened = openProfile(command.Payload as Buffer, trustOf(machine));
  if (!opened.ok) return { status: "Error", chain: opened.chain };
  const { profile } = opened;
  if (machine.faults.take("refuse-profile", "InstallProfile", profile.identifier) !== undefined)
    return refused("MCInstallationErrorDomain", 4001, "Profile Installation Failed");
  const problem = declaredAlready(machine.state, profile.identifier) ?? unsuitable(machine, profile);
  if (problem !== undefined) return { status: "Error", chain: problem };
  const identities = await obtainAll(machine, profile);
  if (!identities.ok)
    return { status: "Error", chain: installationFailed(identities.reason, "MCSCEPErrorDomain", 22013) };
  if (machine.state !== state)
    return refused("MCInstallationErrorDomain", 4001, "Profile Installation Failed");
  const verb = state.profiles.has(profile.identifier) ? "replaced" : "installed";
  state.profiles.set(profile.identifier, { ...profile, isManaged: true, identities: identities.found });
  removeInTime(machine, profile);
  const afterwards = renewManagement(machine, profile, identities.found);
  return {
    ...acknowledged({}, `${verb} profile ${profile.identifier} ${profile.uuid}`),
    ...(afterwards !== undefined ? { afterwards } : {}),
  };
}

/** RemovalDate and DurationUntilRemoval (TopLevel): the device removes it by its own clock, at the sooner of both. */
function removeInTime(machine: Machine, { identifier, uuid, content }: Profile): void {
  const { state, world } = machine;
  const { RemovalDate: date, DurationUntilRemoval: seconds } = content;
  const waits = [
    ...(date instanceof Date ? [date.getTime() - world.now()] : []),
    ...(realOf(seconds) === undefined ? [] : [Number(realOf(seconds)) * 1_000]),
  ];
  if (waits.length === 0) return;
  const installed = state.profiles.get(identifier);
  world.after(Math.max(0, Math.min(...waits)), () => {
    if (machine.state !== state || state.profiles.get(identifier) !== installed) return;
    state.profiles.delete(identifier);
    machine.log({ type: "lapsed", identifier, uuid });
  });
}

/** The trust that a device brings to a profile: its owner's anchors, or else what came with its management. */
export function trustOf(machine: Machine) {
  const { enrollment, profiles } = machine.state;
  const brought = [...profiles.values()].flatMap((profile) => certificatesIn(profile.payloads));
  const strict = machine.anchors.length > 0;
  return {
    anchors: strict ? machine.anchors : [...brought, ...(enrollment?.authorities ?? [])],
    strict,
    now: machine.world.now(),
    identities: enrollment === undefined ? [] : [enrollment.identity],
  };
}

/** Why a profile cannot be on this device, as a chain of errors. */
export function unsuitable(machine: Machine, profile: Profile) {
  const mdm = profile.payloads.find((payload) => payload.PayloadType === "com.apple.mdm");
  const enrollment = machine.state.enrollment;
  if (mdm !== undefined) {
    const read = readMdmPayload(mdm);
    if (!read.ok) return installationFailed(read.reason);
    if (profile.identifier !== enrollment?.profileIdentifier || !sameManagement(read.mdm, enrollment.mdm))
      return installationFailed("The device is managed already", "MCMDMErrorDomain", 12000);
    if (!isSignedAlike(profile, machine.state.profiles.get(profile.identifier)))
      return installationFailed("The new profile is not signed by the signer of the old one");
  } else if (profile.identifier === enrollment?.profileIdentifier) {
    return installationFailed(
      "The profile would replace the management of the device",
      "MCMDMErrorDomain",
      12000,
    );
  }
  // Scope and channel go together on systems with users (com.apple.mdm, PayloadScope).
  const scope = profile.content.PayloadScope ?? "System";
  if ((scope === "User") !== machine.isUser)
    return installationFailed(`A profile of the scope ${String(scope)} does not belong on this channel`);
  const before = machine.state.profiles.get(profile.identifier);
  if (before?.isManaged === false && !mayTouchAll(machine))
    return installationFailed("A profile of the user has this identifier", "MCMDMErrorDomain", 12009);
  const needy = profile.payloads.find((payload) => SUPERVISED_ONLY.has(String(payload.PayloadType)));
  if (needy !== undefined && !machine.supervised && machine.hardware.platform !== "macos")
    return installationFailed(
      `${String(needy.PayloadType)} needs supervision`,
      "MCInstallationErrorDomain",
      4022,
    );
  return undefined;
}

type Identities =
  | { readonly ok: true; readonly found: Signer[] }
  | { readonly ok: false; readonly reason: string };

/** The identities that the SCEP payloads of a profile ask for. */
export async function obtainAll(machine: Machine, profile: Profile): Promise<Identities> {
  const found: Signer[] = [];
  for (const payload of profile.payloads) {
    if (payload.PayloadType !== "com.apple.security.scep") continue;
    const result = await obtainIdentity(machine, payload);
    if (!result.ok) return result;
    found.push(result.identity);
  }
  return { ok: true, found };
}

/** A new version of the enrollment profile brings a new identity: used, and told, once the answer has left. */
function renewManagement(machine: Machine, profile: Profile, identities: readonly Signer[]) {
  const { enrollment } = machine.state;
  const identity = identities[0];
  const scep = profile.payloads.find((payload) => payload.PayloadType === "com.apple.security.scep");
  if (enrollment?.profileIdentifier !== profile.identifier || identity === undefined || scep === undefined)
    return undefined;
  return async () => {
    enrollment.identity = identity;
    enrollment.scep = scep;
    machine.log({ type: "identity", renewal: true });
    await updateToken(machine, enrollment);
  };
}

/** On supervised devices and Macs management may replace and remove any profile (Apple: ProfileList, IsManaged). */
function mayTouchAll({ supervised, hardware }: Machine): boolean {
  return supervised || hardware.platform === "macos";
}

/** RemoveProfile; the removal of the enrollment profile ends the management itself. */
export function removeProfile(machine: Machine, command: PlistDict, leave: () => Promise<void>): Answer {
  const identifier = command.Identifier as string;
  const profile = machine.state.profiles.get(identifier);
  if (profile === undefined)
    return refused("MCMDMErrorDomain", 12008, `The profile “${identifier}” is not installed`);
  if (!profile.isManaged && !mayTouchAll(machine))
    return refused("MCMDMErrorDomain", 12013, `The profile “${identifier}” is not managed`);
  const declared = declaredAlready(machine.state, identifier);
  if (declared !== undefined) return { status: "Error", chain: declared };
  if (identifier === machine.state.enrollment?.profileIdentifier)
    return { ...acknowledged({}, `removed profile ${identifier}`), afterwards: leave };
  machine.state.profiles.delete(identifier);
  return acknowledged({}, `removed profile ${identifier}`);
}

/** ProfileList, with ManagedOnly honoured. */
export function listProfiles(machine: Machine, command: PlistDict): Answer {
  const all = [...machine.state.profiles.values()];
  const listed = command.ManagedOnly === true ? all.filter((profile) => profile.isManaged) : all;
  return acknowledged({ ProfileList: listed.map((one) => describeProfile(machine, one)) });
}

/** CertificateList: identities and certificates that profiles brought. */
export function listCertificates(machine: Machine, command: PlistDict): Answer {
  const all = heldCertificates(machine);
  const listed = command.ManagedOnly === true ? all.filter((one) => one.managed) : all;
  return acknowledged({
    CertificateList: listed.map((one) => ({
      CommonName: one.commonName,
      Data: one.data,
      IsIdentity: one.identity,
    })),
  });
}

export type HeldCertificate = {
  readonly commonName: string;
  readonly data: Buffer;
  readonly sha256: string;
  readonly identity: boolean;
  readonly managed: boolean;
};

/** Every certificate on the device, the identity of its management first. */
export function heldCertificates(machine: Machine): HeldCertificate[] {
  const { enrollment, profiles } = machine.state;
  const own =
    enrollment === undefined ? [] : [held(new X509Certificate(enrollment.identity.certificate), true, true)];
  const brought = [...profiles.values()].flatMap((profile) => [
    ...certificatesIn(profile.payloads).map((one) => held(one, false, profile.isManaged)),
    ...profile.identities.map((one) => held(new X509Certificate(one.certificate), true, profile.isManaged)),
  ]);
  const all = [...own, ...brought];
  return all.filter((one, index) => all.findIndex((other) => other.sha256 === one.sha256) === index);
}

function held(certificate: X509Certificate, identity: boolean, managed: boolean): HeldCertificate {
  const data = Buffer.from(certificate.raw);
  const commonName = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? "";
  return { commonName, data, sha256: createHash("sha256").update(data).digest("hex"), identity, managed };
}

/** Supervised devices and Macs do not say which profiles are managed, and none shows what an encrypted one holds. */
function describeProfile(machine: Machine, profile: InstalledProfile): PlistDict {
  const { content } = profile;
  return {
    ...only(content, ["PayloadDescription", "PayloadDisplayName", "PayloadOrganization"]),
    HasRemovalPasscode: content.HasRemovalPasscode === true,
    IsEncrypted: profile.isEncrypted,
    ...(mayTouchAll(machine) ? {} : { IsManaged: profile.isManaged }),
    ...(profile.isEncrypted ? {} : { PayloadContent: profile.payloads.map(describePayload) }),
    PayloadIdentifier: profile.identifier,
    PayloadRemovalDisallowed: content.PayloadRemovalDisallowed === true,
    PayloadUUID: profile.uuid,
    PayloadVersion: 1,
    ...(profile.signers.length > 0 ? { SignerCertificates: [...profile.signers] } : {}),
  };
}

function describePayload(payload: PlistDict): PlistDict {
  return only(payload, [
    "PayloadDescription",
    "PayloadDisplayName",
    "PayloadIdentifier",
    "PayloadOrganization",
    "PayloadType",
    "PayloadUUID",
    "PayloadVersion",
  ]);
}

function only(dict: PlistDict, keys: readonly string[]): Record<string, PlistValue> {
  return Object.fromEntries(keys.flatMap((key) => (dict[key] === undefined ? [] : [[key, dict[key]]])));
}
