import { createChallenge as newChallenge } from "../apple/challenge.ts";
import { accessRights, signEnrollmentProfile, writeEnrollmentProfile } from "../apple/enrollment-profile.ts";
import type { Authority } from "../apple/identity.ts";
import type { Facts } from "../core/facts.ts";
import type { ChannelRow, Clock } from "../core/ports.ts";
import { UserError } from "../errors.ts";
import type { Post } from "../invitation/post.ts";
import { findCertificate } from "../store/certificates.ts";
import { createChallenge, type NewChallenge } from "../store/challenges.ts";
import { isFull } from "../store/device-limit.ts";
import { retiredBy } from "../store/lifecycle.ts";
import type { Store } from "../store/open.ts";
import type { AndroidMode } from "./android/enroll-android.ts";
import { withoutClaim } from "./doubts.ts";
import type { EnrollmentPolicies } from "./enrollment-policies.ts";

export interface EnrollPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly organization: string;
  /** `https://mdm.example.org`: the device plane as devices reach it. */
  readonly publicUrl: () => string;
  readonly topic: string | undefined;
  readonly authority: Authority;
  /** Anchors that devices need for our own TLS certificate; empty with a public one. */
  readonly roots: readonly Uint8Array[];
  readonly signer: Parameters<typeof signEnrollmentProfile>[1] | undefined;
  /** What the policies say of enrollment; undefined before a revision is in force. */
  readonly policies: () => EnrollmentPolicies | undefined;
  /** Sends mail; undefined without a mail server. */
  readonly post: Post | undefined;
  /** What begins when somebody signs in with an account; undefined where nobody may. */
  readonly accounts?: "user" | "device" | undefined;
  /** True when links give a Profile Service first, so that a device proves which one it is. */
  readonly inPhases?: boolean | undefined;
  /** True when devices may be given tokens that say that they are managed (Apple: GetToken). */
  readonly givesTokens?: () => Promise<boolean>;
}

/** Whom an enrollment is for. */
export interface Invitation {
  readonly group?: string;
  readonly owner?: string;
  readonly ownership?: "company" | "personal";
  readonly tags?: Readonly<Record<string, string>>;
  /** The one device that may use it; undefined for whoever has it. */
  readonly serial?: string;
  /** Whom a link lets in; Apple's devices alone when absent. */
  readonly platforms?: { readonly apple: boolean; readonly android?: AndroidMode };
  /** Begun with an account, and whether by User Enrollment. */
  readonly account?: "user" | "device";
  readonly uses: number;
  readonly expiresAt: number;
  readonly by: string;
}

/** Where the device plane answers. */
export const devicePaths = {
  connect: "/mdm/connect",
  checkIn: "/mdm/checkin",
  /** Profiles that declarations wrap, by the digest of their content. */
  declared: "/mdm/declared",
  scep: "/scep",
  link: "/enroll",
  /** Where devices of Apple's portals ask for their profile, by the name of their server. */
  automated: "/automated",
  /** Where devices answer a Profile Service. */
  phases: "/profile-service",
  /** Account-driven enrollment: where devices ask, and where people sign in. */
  account: "/account-enrollment",
} as const;

/** A profile that may be installed `uses` times until it expires. Throws UserError without a push certificate. */
export async function enrollmentProfile(
  ports: EnrollPorts,
  invitation: Invitation,
  signed: boolean,
): Promise<Buffer> {
  await requirePlace(ports, invitation);
  const boundTo = invitation.serial;
  return buildProfile(ports, { ...invitation, boundTo, asserted: assertedBy(invitation) }, signed);
}

/** What an enrollment profile says that must stay as it is when it is replaced (Apple: com.apple.mdm). */
export interface Form {
  readonly topic: string;
  readonly serverUrl: string;
  readonly checkInUrl: string;
  readonly accessRights: number;
  readonly capabilities?: readonly string[];
  readonly account?: { readonly mode: "BYOD" | "ADDE"; readonly managedAppleId: string };
}

/**
 * What an enrollment profile says today. That of a person's own device gives no right to erase it, which no later
 * profile can add (Apple: com.apple.mdm, AccessRights): its system refuses what the guards refuse before. Throws
 * UserError as `enrollmentProfile`.
 */
export function currentForm(ports: EnrollPorts, asserted: Facts = {}): Form {
  return {
    topic: requireTopic(ports),
    serverUrl: `${ports.publicUrl()}${devicePaths.connect}`,
    checkInUrl: `${ports.publicUrl()}${devicePaths.checkIn}`,
    accessRights: asserted.ownership?.value === "personal" ? accessRights.withoutErase : accessRights.all,
    // Macs hand their token over only to who says that he keeps it.
    capabilities: ["com.apple.mdm.bootstraptoken"],
  };
}

/** A device that takes longer to ask for its new identity is offered another renewal. */
const renewalMs = 3_600_000;

/**
 * The enrollment profile of a device once more, with a challenge that renews the identity it has now and is good for
 * nothing else. Undefined when that identity is not one of ours, and where devices cannot be enrolled.
 */
export async function renewedProfile(ports: EnrollPorts, row: ChannelRow): Promise<Buffer | undefined> {
  if (ports.topic === undefined || !ports.publicUrl().startsWith("https://")) return undefined;
  const current = await findCertificate(ports.store, row.certificate);
  if (current === undefined) return undefined;
  const { id: channel, epoch, certificate } = row;
  const grant = {
    uses: 1,
    expiresAt: ports.clock() + renewalMs,
    by: `renewal of ${channel}`,
    asserted: current.asserted,
    renews: { channel, epoch, certificate },
  };
  return buildProfile(ports, grant, true, {
    ...currentForm(ports, current.asserted),
    ...(current.form as Partial<Form>),
  });
}

/** How long an erased device may take to come back. */
const returnMs = 7 * 24 * 3_600_000;

/**
 * The enrollment profile with which a device enrolls again after it was erased: for its serial number alone, with what
 * its enrollment asserts now. Undefined where devices cannot be enrolled.
 */
export async function returnProfile(
  ports: EnrollPorts,
  row: ChannelRow,
  by: string,
): Promise<Buffer | undefined> {
  if (ports.topic === undefined || !ports.publicUrl().startsWith("https://")) return undefined;
  const current = await findCertificate(ports.store, row.certificate);
  const asserted = withoutClaim(current?.asserted ?? {});
  const grant = { uses: 1, expiresAt: ports.clock() + returnMs, by, asserted, boundTo: row.serial };
  return buildProfile(ports, grant, true);
}

/** A profile for what a challenge grants; the challenge is made with it. Throws UserError as `enrollmentProfile`. */
export async function buildProfile(
  ports: EnrollPorts,
  grant: Pick<NewChallenge, "uses" | "expiresAt" | "by" | "asserted" | "boundTo" | "renews">,
  signed: boolean,
  form: Form = currentForm(ports, grant.asserted),
): Promise<Buffer> {
  const secret = newChallenge();
  await createChallenge(ports.store, {
    secret,
    purpose: "scep",
    uses: grant.uses,
    expiresAt: grant.expiresAt,
    boundTo: grant.boundTo,
    asserted: grant.asserted,
    form: { ...form },
    renews: grant.renews,
    by: grant.by,
    at: ports.clock(),
  });
  const profile = writeEnrollmentProfile({
    organization: nameOf(ports),
    ...form,
    capabilities: await capabilitiesOf(ports, form),
    scepUrl: `${ports.publicUrl()}${devicePaths.scep}`,
    challenge: secret,
    authority: ports.authority.certificate.raw,
    roots: ports.roots,
  });
  if (!signed || ports.signer === undefined) return profile;
  return signEnrollmentProfile(profile, ports.signer, ports.clock());
}

/** What a server can do may change with a renewal, unlike its user channels (Apple: ServerCapabilities). */
async function capabilitiesOf(ports: EnrollPorts, form: Form): Promise<readonly string[]> {
  const others = (form.capabilities ?? []).filter((one) => one !== tokenCapability);
  return (await ports.givesTokens?.()) === true ? [...others, tokenCapability] : others;
}

const tokenCapability = "com.apple.mdm.token";

/** The organization's name as those whom it invites see it. */
export function nameOf(ports: EnrollPorts): string {
  return ports.policies()?.rules.displayName ?? ports.organization;
}

/** The topic of the push certificate. Throws UserError without one, and where devices could not come back to. */
export function requireTopic(ports: EnrollPorts): string {
  if (ports.topic === undefined)
    throw new UserError("no-push-certificate", "devices cannot be enrolled without an MDM push certificate", {
      hint: "Make a request with reeve apple push-csr, then reeve apple push-import.",
    });
  requireHttps(ports);
  return ports.topic;
}

/** Throws UserError where devices and people cannot come to by https. */
export function requireHttps({ publicUrl }: Pick<EnrollPorts, "publicUrl">): void {
  if (publicUrl().startsWith("https://")) return;
  throw new UserError("no-https", `devices cannot be enrolled at ${publicUrl()}: they want https`, {
    hint: "Set device.publicUrl, and device.tls or a proxy that ends TLS.",
  });
}

/** Throws UserError where the Organization lets in no device of this invitation. */
export async function requirePlace(ports: EnrollPorts, { serial, ownership }: Invitation): Promise<void> {
  if (serial !== undefined && (await retiredBy(ports.store, { channels: [], serial })) !== undefined)
    throw new UserError("device-retired", `${serial} is retired, and may not enroll again`, {
      hint: "An approver takes that back: reeve readmit DEVICE --reason WHY.",
    });
  const policies = ports.policies();
  if (policies === undefined) return;
  const { deviceLimit, rules } = policies;
  if (!rules.personal && ownership === "personal")
    throw new UserError("personal-not-allowed", "the Organization lets no personal devices enroll");
  if (deviceLimit === undefined || !(await isFull(ports.store, deviceLimit, serial))) return;
  const enrolled = deviceLimit === 1 ? "1 device is" : `${deviceLimit} devices are`;
  throw new UserError("device-limit", `${enrolled} enrolled, and the Organization allows no more`, {
    hint: "Raise deviceLimit, or end the management of devices that are gone. One that is enrolled already comes back with --serial.",
  });
}

/** What an enrollment by this invitation asserts. */
export function assertedBy({ group, owner, ownership, tags, account }: Invitation): Facts {
  const enrollment = account === undefined ? "manual" : "account";
  const values = { group, owner, ownership, enrollment, enrollmentType: account };
  const entries = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const tagged = Object.entries(tags ?? {}).map(([name, value]): [string, string] => [`tag.${name}`, value]);
  return Object.fromEntries(
    [...entries, ...tagged].map(([key, value]) => [key, { value, source: "asserted" }]),
  );
}
