import { createHash } from "node:crypto";
import { uuidFrom } from "../core/canonical.ts";
import { type Signer, signContent } from "./wire/cms-write.ts";
import type { PlistDict } from "./wire/plist.ts";
import { writePlist } from "./wire/write-plist.ts";

/** The profile that is the management itself. Its identifiers never change, or devices could not update it. */
export const enrollmentIdentifier = "reeve.enrollment";
export const mdmPayloadIdentifier = "reeve.enrollment.mdm";

/** True for what no policy and no act may install or remove: removing it ends the management. */
export function isEnrollmentIdentifier(identifier: string): boolean {
  const lower = identifier.toLowerCase();
  return lower === enrollmentIdentifier || lower.startsWith(`${enrollmentIdentifier}.`);
}

/** Sums of the bits in Apple's "MDM" payload. Later updates of the profile may take rights away, never add any. */
export const accessRights = { all: 8191, withoutErase: 8183 } as const;

export interface EnrollmentOptions {
  readonly organization: string;
  readonly description?: string;
  /** Topic of the push certificate, `com.apple.mgmt.…`. */
  readonly topic: string;
  /** https addresses of the command channel and of check-in. */
  readonly serverUrl: string;
  readonly checkInUrl: string;
  readonly scepUrl: string;
  /** The text of a fresh challenge; whoever holds this profile can use it. */
  readonly challenge: string;
  /** The authority of the identities in DER: its fingerprint protects SCEP. */
  readonly authority: Uint8Array;
  /** Anchors for the server's own certificate, when no public authority issued it. Not honoured on iOS for TLS. */
  readonly roots?: readonly Uint8Array[];
  /** Absent in User Enrollment, whose rights Apple has fixed. */
  readonly accessRights?: number;
  /** Account-driven enrollment: User Enrollment (`BYOD`) or the whole device (`ADDE`), and whose account it is for. */
  readonly account?: { readonly mode: "BYOD" | "ADDE"; readonly managedAppleId: string };
  /** `com.apple.mdm.bootstraptoken`, `com.apple.mdm.token`: only what the server really serves. */
  readonly capabilities?: readonly string[];
}

/** The enrollment profile as a property list: SCEP identity, MDM payload that uses it, optional roots. */
export function writeEnrollmentProfile(options: EnrollmentOptions): Buffer {
  if (!options.topic.startsWith("com.apple.mgmt.")) throw new Error(`not an MDM topic: ${options.topic}`);
  for (const url of [options.serverUrl, options.checkInUrl]) {
    if (!url.startsWith("https://")) throw new Error(`not an https address: ${url}`);
  }
  return writePlist({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: enrollmentIdentifier,
    PayloadUUID: uuidOf(enrollmentIdentifier),
    PayloadDisplayName: `${options.organization} device management`,
    PayloadOrganization: options.organization,
    PayloadDescription: options.description ?? "Lets your organization manage this device.",
    PayloadScope: "System",
    PayloadContent: [...(options.roots ?? []).map(rootPayload), scepPayload(options), mdmPayload(options)],
  });
}

/**
 * The first of enrollment in phases (Apple: "Profile Service"): the device answers at `url` with what it is, signed by
 * the certificate that Apple gave it, and with the challenge.
 */
export function writeProfileService(options: {
  readonly organization: string;
  readonly url: string;
  readonly challenge: string;
}): Buffer {
  return writePlist({
    PayloadType: "Profile Service",
    PayloadVersion: 1,
    PayloadIdentifier: "reeve.enrollment.service",
    PayloadUUID: uuidOf("reeve.enrollment.service"),
    PayloadDisplayName: `${options.organization} device management`,
    PayloadOrganization: options.organization,
    PayloadDescription: "Tells your organization which device this is, before it is managed.",
    PayloadContent: {
      URL: options.url,
      DeviceAttributes: ["UDID", "VERSION", "PRODUCT", "SERIAL"],
      Challenge: options.challenge,
    },
  });
}

/** The second of them: nothing but an identity by SCEP, with which the device asks for the third. */
export function writeIdentityProfile(
  options: Pick<EnrollmentOptions, "organization" | "scepUrl" | "challenge" | "authority">,
): Buffer {
  return writePlist({
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: "reeve.enrollment.identity",
    PayloadUUID: uuidOf("reeve.enrollment.identity"),
    PayloadDisplayName: `${options.organization} device management`,
    PayloadOrganization: options.organization,
    PayloadContent: [scepPayload(options)],
  });
}

/** The same, signed; `application/x-apple-aspen-config`. */
export function signEnrollmentProfile(profile: Uint8Array, signer: Signer, now: number): Promise<Buffer> {
  return signContent(profile, signer, { now });
}

const scepPayloadIdentifier = "reeve.enrollment.scep";

function mdmPayload(options: EnrollmentOptions): PlistDict {
  return {
    ...payload("com.apple.mdm", mdmPayloadIdentifier, "Device management"),
    IdentityCertificateUUID: uuidOf(scepPayloadIdentifier),
    Topic: options.topic,
    ServerURL: options.serverUrl,
    CheckInURL: options.checkInUrl,
    SignMessage: true,
    CheckOutWhenRemoved: true,
    ...rightsOf(options),
    // Without the first, Macs and Shared iPads would have no user channels, and it cannot be added later.
    ServerCapabilities: ["com.apple.mdm.per-user-connections", ...(options.capabilities ?? [])],
    UseDevelopmentAPNS: false,
  };
}

/** With AccessRights a device cancels User Enrollment (Apple: account-driven enrollment flow, step 13). */
function rightsOf({ accessRights, account }: EnrollmentOptions): PlistDict {
  const mode =
    account === undefined
      ? {}
      : { EnrollmentMode: account.mode, AssignedManagedAppleID: account.managedAppleId };
  return account?.mode === "BYOD" || accessRights === undefined
    ? mode
    : { AccessRights: accessRights, ...mode };
}

function scepPayload(
  options: Pick<EnrollmentOptions, "organization" | "scepUrl" | "challenge" | "authority">,
): PlistDict {
  return {
    ...payload("com.apple.security.scep", scepPayloadIdentifier, "Device identity"),
    PayloadContent: {
      URL: options.scepUrl,
      Name: "reeve",
      // The server ignores it and writes its own.
      Subject: [[["O", options.organization]], [["CN", "device"]]],
      Challenge: options.challenge,
      Keysize: 2048,
      "Key Type": "RSA",
      // Signing and encryption.
      "Key Usage": 5,
      CAFingerprint: createHash("sha1").update(options.authority).digest(),
      Retries: 3,
      RetryDelay: 10,
      KeyIsExtractable: false,
    },
  };
}

function rootPayload(root: Uint8Array, index: number): PlistDict {
  return {
    ...payload("com.apple.security.root", `reeve.enrollment.root${index + 1}`, "Server root certificate"),
    PayloadContent: Buffer.from(root),
  };
}

function payload(type: string, identifier: string, displayName: string): PlistDict {
  return {
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuidOf(identifier),
    PayloadDisplayName: displayName,
  };
}

function uuidOf(identifier: string): string {
  return uuidFrom("reeve.enrollment", identifier);
}
