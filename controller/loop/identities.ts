import { randomUUID } from "node:crypto";
import type { Authority } from "../apple/identity.ts";
import { createScepServer, type ScepServer } from "../apple/scep.ts";
import type { Facts } from "../core/facts.ts";
import type { Clock } from "../core/ports.ts";
import { findCertificate, putCertificate } from "../store/certificates.ts";
import { redeemChallenge } from "../store/challenges.ts";
import type { Store } from "../store/open.ts";

const hourMs = 3_600_000;

/**
 * The SCEP server over the store. A challenge buys one identity, whose subject is ours; what the enrollment asserted
 * (group, owner, tags) is kept with the certificate and comes into force when a device authenticates with it.
 */
export function createIdentities(store: Store, authority: Authority, clock: Clock, days: number): ScepServer {
  const asserted = new Map<string, Facts>();
  return createScepServer(
    authority,
    {
      async redeemChallenge(challenge) {
        const use = { secret: challenge, purpose: "scep", at: clock() };
        const redeemed = await redeemChallenge(store, use);
        if (redeemed === undefined) return { ok: false };
        const enrollmentId = `e-${randomUUID()}`;
        asserted.set(enrollmentId, redeemed.asserted);
        return { ok: true, enrollmentId };
      },
      async findCertificate(sha256) {
        const row = await findCertificate(store, sha256);
        if (row === undefined || row.revokedAt !== undefined) return undefined;
        asserted.set(row.subject, row.asserted);
        return { enrollmentId: row.subject };
      },
      async recordCertificate(issued) {
        await putCertificate(store, {
          sha256: issued.sha256,
          serial: issued.serial.toLowerCase(),
          subject: issued.enrollmentId,
          notBefore: clock() - hourMs,
          notAfter: issued.notAfter,
          issuedAt: clock(),
          asserted: asserted.get(issued.enrollmentId) ?? {},
        });
        asserted.delete(issued.enrollmentId);
      },
    },
    { certificateDays: days },
  );
}
