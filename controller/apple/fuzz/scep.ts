import { type Authority, identityFault } from "../identity.ts";
import { createScepServer, readScepQuery } from "../scep.ts";
import { parseCertificate } from "../wire/certificate.ts";

/** Makes the target for one authority and the one challenge that it knows, which never runs out. */
export function createTarget(authority: Authority, challenge: string, now: number) {
  const server = createScepServer(authority, {
    redeemChallenge: async (text) =>
      text === challenge ? { ok: true, enrollmentId: "fuzzed" } : { ok: false },
    findCertificate: async () => undefined,
    recordCertificate: async ({ der }) => {
      const certificate = parseCertificate(der);
      if (certificate.subject !== "CN=fuzzed") throw new Error("a name that we did not choose");
      if (identityFault(certificate, authority.certificate, now) !== undefined)
        throw new Error("not an identity");
    },
  });
  /** Holds for any bytes: an answer, never an exception, and only identities of our own making. */
  return async (bytes: Uint8Array): Promise<void> => {
    readScepQuery(Buffer.from(bytes).toString("latin1"));
    const { reply, outcome } = await server.answer(bytes, now);
    if (outcome !== "malformed" && reply === undefined) throw new Error("no answer");
  };
}
