import { X509Certificate } from "node:crypto";
import type { PlistDict } from "./plist.ts";
import type { Profile } from "./profile.ts";
import type { MdmPayload } from "./state.ts";

export type MdmResult =
  | { readonly ok: true; readonly mdm: MdmPayload }
  | { readonly ok: false; readonly reason: string };

export type EnrollmentResult =
  | { readonly ok: true; readonly mdm: MdmPayload; readonly scep: PlistDict }
  | { readonly ok: false; readonly reason: string };

/** The com.apple.mdm payload of a profile and the SCEP payload that its identity comes from. */
export function readEnrollment(profile: Profile): EnrollmentResult {
  const payloads = profile.payloads.filter((payload) => payload.PayloadType === "com.apple.mdm");
  const payload = payloads[0];
  if (payload === undefined || payloads.length > 1)
    return failed(`${payloads.length} com.apple.mdm payloads`);
  const read = readMdmPayload(payload);
  if (!read.ok) return read;
  const scep = profile.payloads.find((one) => one.PayloadUUID === payload.IdentityCertificateUUID);
  if (scep?.PayloadType !== "com.apple.security.scep")
    return failed("IdentityCertificateUUID names no SCEP payload of the profile");
  return { ok: true, mdm: read.mdm, scep };
}

/** The keys of a com.apple.mdm payload, checked as a device checks them. */
export function readMdmPayload(payload: PlistDict): MdmResult {
  const { ServerURL, CheckInURL, Topic, ServerCapabilities, EnrollmentMode: mode } = payload;
  const managedAppleId = payload.AssignedManagedAppleID;
  if (mode !== undefined && mode !== "BYOD" && mode !== "ADDE") return failed("EnrollmentMode is not one");
  if ((mode === undefined) !== (typeof managedAppleId !== "string"))
    return failed("EnrollmentMode and AssignedManagedAppleID go together");
  if (mode === "BYOD" && payload.AccessRights !== undefined)
    return failed("User Enrollment has rights of its own");
  const AccessRights = mode === "BYOD" ? 8191 : payload.AccessRights;
  if (typeof ServerURL !== "string" || !ServerURL.startsWith("https://"))
    return failed("ServerURL is not https");
  if (CheckInURL !== undefined && !String(CheckInURL).startsWith("https://"))
    return failed("CheckInURL is not https");
  if (typeof Topic !== "string" || !Topic.startsWith("com.apple.mgmt."))
    return failed("Topic is not com.apple.mgmt.*");
  if (typeof AccessRights !== "number" || !areRightsInOrder(AccessRights))
    return failed(`AccessRights ${String(AccessRights)} are not in order`);
  return {
    ok: true,
    mdm: {
      serverUrl: ServerURL,
      checkInUrl: typeof CheckInURL === "string" ? CheckInURL : ServerURL,
      topic: Topic,
      signMessage: payload.SignMessage === true,
      checkOutWhenRemoved: payload.CheckOutWhenRemoved === true,
      accessRights: AccessRights,
      perUser: Array.isArray(ServerCapabilities) && ServerCapabilities.includes(perUserConnections),
      ...(mode === undefined ? {} : { mode, managedAppleId: String(managedAppleId) }),
    },
  };
}

const perUserConnections = "com.apple.mdm.per-user-connections";

/** Whether an update keeps what must not change: addresses, topic, user channels, and no right more than before. */
export function sameManagement(updated: MdmPayload, current: MdmPayload): boolean {
  return (
    updated.serverUrl === current.serverUrl &&
    updated.checkInUrl === current.checkInUrl &&
    updated.topic === current.topic &&
    updated.perUser === current.perUser &&
    updated.mode === current.mode &&
    updated.managedAppleId === current.managedAppleId &&
    (updated.accessRights & ~current.accessRights) === 0
  );
}

/** A signed enrollment profile is replaced by one of the same signer only. */
export function isSignedAlike(profile: Profile, before: Pick<Profile, "signers"> | undefined): boolean {
  const [old, fresh] = [before?.signers[0], profile.signers[0]];
  if (old === undefined) return true;
  return fresh !== undefined && signerOf(fresh) === signerOf(old);
}

function signerOf(certificate: Buffer): string {
  const { subject, issuer } = new X509Certificate(certificate);
  return `${issuer}\n\n${subject}`;
}

/** Bit 2 needs bit 1 and bit 128 needs bit 64 (com.apple.mdm, AccessRights). */
function areRightsInOrder(rights: number): boolean {
  if (!Number.isInteger(rights) || rights < 1 || rights > 8191) return false;
  return !((rights & 2) !== 0 && (rights & 1) === 0) && !((rights & 128) !== 0 && (rights & 64) === 0);
}

function failed(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason };
}
