import { randomUUID } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Authority, Registrar } from "../apple/identity.ts";
import { createScepServer, type ScepServer } from "../apple/scep.ts";
import type { Facts } from "../core/facts.ts";
import type { Clock } from "../core/ports.ts";
import { findCertificate, findRenewable } from "../store/certificates.ts";
import type { Enrolling } from "../store/enrolling.ts";
import type { Store } from "../store/open.ts";

const hourMs = 3_600_000;

/** Challenges redeemed and not yet answered; more are never under way at once. */
const mostUnderWay = 10_000;

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
): ScepServer {
  // By enrollment, from the challenge to its certificate; an issue that failed in between leaves an entry.
  const asserted = new LRUCache<string, Facts>({ max: mostUnderWay });
  return createScepServer(
    authority,
    {
      async redeemChallenge(challenge) {
        const use = { secret: challenge, purpose: "scep", at: clock() };
        const redeemed = await enrolling.redeemChallenge(use);
        if (redeemed === undefined) return { ok: false };
        const enrollmentId = `e-${randomUUID()}`;
        asserted.set(enrollmentId, redeemed.asserted);
        return { ok: true, enrollmentId };
      },
      async findCertificate(sha256) {
        const row = await findRenewable(store, sha256);
        return row === undefined ? undefined : { enrollmentId: row.subject };
      },
      async recordCertificate(issued) {
        const renewed = issued.renews === undefined ? undefined : await findCertificate(store, issued.renews);
        await enrolling.putCertificate({
          sha256: issued.sha256,
          serial: issued.serial.toLowerCase(),
          subject: issued.enrollmentId,
          notBefore: clock() - hourMs,
          notAfter: issued.notAfter,
          issuedAt: clock(),
          asserted: renewed?.asserted ?? asserted.get(issued.enrollmentId) ?? {},
          channel: renewed?.channel,
        });
        asserted.delete(issued.enrollmentId);
      },
    },
    { certificateDays: days, registrar },
  );
}
