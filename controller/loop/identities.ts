import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Authority, Registrar } from "../apple/identity.ts";
import { createScepServer, type ScepServer } from "../apple/scep.ts";
import type { Clock } from "../core/ports.ts";
import { Retry } from "../errors.ts";
import { findCertificate, findRenewable } from "../store/certificates.ts";
import type { Redeemed } from "../store/challenges.ts";
import { challengeFor, isFull } from "../store/device-limit.ts";
import type { Enrolling } from "../store/enrolling.ts";
import { noteRefused, retiredBy } from "../store/lifecycle.ts";
import type { Store } from "../store/open.ts";
import type { EnrollmentPolicies } from "./enrollment-policies.ts";

const hourMs = 3_600_000;

/** Challenges redeemed and not yet answered; more are never under way at once. */
const mostUnderWay = 10_000;

type UnderWay = Pick<Redeemed, "asserted" | "boundTo" | "form"> & { readonly request: string };

/**
 * The SCEP server over the store. A challenge buys one identity, whose subject is ours; what the enrollment asserted
 * (group, owner, tags) is kept with the certificate and comes into force when a device authenticates with it. Only the
 * identity that a managed device uses now can be renewed, and its renewal is good for that device alone: otherwise
 * one challenge would enroll any number of devices.
 */
export function createIdentities(
  store: Store,
  enrolling: Enrolling,
  authority: Authority,
  registrar: Registrar,
  clock: Clock,
  days: number,
  policies: () => EnrollmentPolicies | undefined = () => undefined,
): ScepServer {
  // By enrollment, from the challenge to its certificate; an issue that failed in between leaves an entry.
  const underWay = new LRUCache<string, UnderWay>({ max: mostUnderWay });
  return createScepServer(
    authority,
    {
      async redeemChallenge(challenge, request) {
        if (await tooMany(store, policies()?.deviceLimit, challenge))
          return { ok: false, reason: "device-limit" };
        const use = { secret: challenge, purpose: "scep", request, at: clock() };
        const redeemed = await enrolling.redeemChallenge(use);
        if (redeemed === undefined) return { ok: false };
        // It was invited before it was retired. The invitation is used up: a readmitted device gets a new one.
        if (await isRetired(store, redeemed, clock())) return { ok: false, reason: "device-retired" };
        if (redeemed.issued !== undefined) return { ok: true, issued: redeemed.issued };
        const { renews } = redeemed;
        const enrollmentId = renews?.subject ?? `e-${randomUUID()}`;
        underWay.set(enrollmentId, { ...redeemed, request });
        return { ok: true, enrollmentId, ...(renews === undefined ? {} : { renews: renews.certificate }) };
      },
      async findCertificate(sha256) {
        const row = await findRenewable(store, sha256);
        return row === undefined ? undefined : { enrollmentId: row.subject };
      },
      async recordCertificate(issued) {
        const begun = underWay.get(issued.enrollmentId);
        // Without it nobody would know for whom the invitation was.
        if (begun === undefined && issued.renews === undefined)
          throw new Retry("scep-busy", "too many identities are being issued at once");
        const renewed = issued.renews === undefined ? undefined : await findCertificate(store, issued.renews);
        await enrolling.putCertificate({
          sha256: issued.sha256,
          serial: issued.serial.toLowerCase(),
          subject: issued.enrollmentId,
          notBefore: clock() - hourMs,
          notAfter: issued.notAfter,
          issuedAt: clock(),
          asserted: renewed?.asserted ?? begun?.asserted ?? {},
          channel: renewed?.channel,
          boundTo: begun?.boundTo,
          form: renewed?.form ?? begun?.form,
          ...(begun === undefined ? {} : { answers: { request: begun.request, der: issued.der } }),
        });
        underWay.delete(issued.enrollmentId);
      },
    },
    { certificateDays: days, registrar },
  );
}

async function isRetired(store: Store, { boundTo, renews }: Redeemed, at: number): Promise<boolean> {
  if (boundTo === undefined || renews !== undefined) return false;
  const device = await retiredBy(store, { channels: [], serial: boundTo });
  if (device !== undefined) await noteRefused(store, [device], at);
  return device !== undefined;
}

/** Before the challenge is used up, so that it is good again when there is room. Authenticate has the last word. */
async function tooMany(store: Store, limit: number | undefined, challenge: string): Promise<boolean> {
  if (limit === undefined || !(await isFull(store, limit, undefined))) return false;
  const { serial, renews } = await challengeFor(store, challenge);
  return !renews && (serial === undefined || isFull(store, limit, serial));
}
