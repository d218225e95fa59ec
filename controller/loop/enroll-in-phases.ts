import type { X509Certificate } from "node:crypto";
import { createChallenge as newChallenge } from "../apple/challenge.ts";
import {
  signEnrollmentProfile,
  writeIdentityProfile,
  writeProfileService,
} from "../apple/enrollment-profile.ts";
import { fingerprint, identityFault } from "../apple/identity.ts";
import { readSigned } from "../apple/machine-info.ts";
import { type PlistDict, textAt } from "../apple/wire/plist.ts";
import { findCertificate, spendCertificate } from "../store/certificates.ts";
import { createChallenge, type NewChallenge, redeemChallenge } from "../store/challenges.ts";
import { noteRefused, retiredBy } from "../store/lifecycle.ts";
import { buildProfile, devicePaths, type EnrollPorts, nameOf, requireTopic } from "./enroll.ts";
import { phaseForm } from "./phase-identity.ts";

/** A device that takes longer between two phases begins anew. */
const phaseMs = 15 * 60_000;
const hourMs = 3_600_000;

type Grant = Pick<NewChallenge, "by" | "asserted" | "boundTo">;

/** The first profile: good for one device, within the hour. Throws UserError as `enrollmentProfile`. */
export async function profileService(ports: EnrollPorts, grant: Grant): Promise<Buffer> {
  requireTopic(ports);
  const challenge = await challengeFor(ports, "profile-service", grant, hourMs);
  const url = `${ports.publicUrl()}${devicePaths.phases}`;
  return signed(ports, writeProfileService({ organization: nameOf(ports), url, challenge }));
}

/** What a device is answered that answers a Profile Service. */
export type PhaseAnswer =
  | { readonly type: "profile"; readonly profile: Buffer }
  | { readonly type: "refused"; readonly reason: string };

/**
 * The next profile for a device. By the certificate that Apple gave it, it proves its serial number, and is given an
 * identity for that alone; with this identity it asks once more, and is given the enrollment profile for that serial
 * number. Each counts once.
 */
export async function answerPhase(
  ports: EnrollPorts,
  authorities: readonly X509Certificate[],
  body: Uint8Array,
): Promise<PhaseAnswer> {
  const own = readSigned(body, [ports.authority.certificate]);
  if (own.type === "signed") return enrollmentOf(ports, own.body, own.signer);
  const read = readSigned(body, authorities);
  if (read.type === "refused") return read;
  const serial = serialIn(read.body);
  const challenge = textAt(read.body, "CHALLENGE");
  if (serial === undefined || challenge === undefined) return refused("malformed");
  const at = ports.clock();
  const retired = await retiredBy(ports.store, { channels: [], serial });
  if (retired !== undefined) {
    await noteRefused(ports.store, [retired], at);
    return refused("device-retired");
  }
  const use = { secret: challenge, purpose: "profile-service", serial, at };
  const redeemed = await redeemChallenge(ports.store, use);
  if (redeemed === undefined) return refused("challenge");
  const grant = {
    by: "a device that proved its serial number",
    asserted: redeemed.asserted,
    boundTo: serial,
  };
  const secret = await challengeFor(ports, "scep", grant, phaseMs, phaseForm);
  const profile = writeIdentityProfile({
    organization: nameOf(ports),
    scepUrl: `${ports.publicUrl()}${devicePaths.scep}`,
    challenge: secret,
    authority: ports.authority.certificate.raw,
  });
  return { type: "profile", profile: await signed(ports, profile) };
}

async function enrollmentOf(
  ports: EnrollPorts,
  said: PlistDict,
  signer: X509Certificate,
): Promise<PhaseAnswer> {
  const at = ports.clock();
  if (identityFault(signer, ports.authority.certificate, at) !== undefined) return refused("wrong-identity");
  const sha256 = fingerprint(signer.raw);
  const issued = await findCertificate(ports.store, sha256);
  const isOurs = (issued?.form as { phase?: unknown } | undefined)?.phase === phaseForm.phase;
  if (issued?.boundTo === undefined || !isOurs || issued.boundTo !== serialIn(said))
    return refused("wrong-identity");
  if (!(await spendCertificate(ports.store, sha256, at))) return refused("used");
  const { asserted, boundTo } = issued;
  const grant = {
    uses: 1,
    expiresAt: at + hourMs,
    by: "a device that proved its serial number",
    asserted,
    boundTo,
  };
  return { type: "profile", profile: await buildProfile(ports, grant, true) };
}

async function challengeFor(
  ports: EnrollPorts,
  purpose: string,
  grant: Grant,
  ms: number,
  form?: NewChallenge["form"],
): Promise<string> {
  const secret = newChallenge();
  const at = ports.clock();
  await createChallenge(ports.store, { ...grant, secret, purpose, uses: 1, expiresAt: at + ms, form, at });
  return secret;
}

async function signed(ports: EnrollPorts, profile: Buffer): Promise<Buffer> {
  if (ports.signer === undefined) return profile;
  return signEnrollmentProfile(profile, ports.signer, ports.clock());
}

function serialIn(body: PlistDict): string | undefined {
  const serial = textAt(body, "SERIAL");
  return serial !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(serial) ? serial : undefined;
}

function refused(reason: string): PhaseAnswer {
  return { type: "refused", reason };
}
