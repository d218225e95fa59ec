import { extension, type Name, pemOf, selfSignedCertificate } from "./certificate.ts";
import type { Signer } from "./cms.ts";
import { der, sequence } from "./der.ts";
import type { KeyPool } from "./keys.ts";

/** Who gives devices the certificate by which they say that they were made by Apple. */
export type DeviceAuthority = {
  /** PEM of its certificate. */
  readonly certificate: string;
  /** The identity of a device, as activation gives it. */
  issue(udid: string): Promise<Signer>;
};

const YEAR = 365 * 86_400_000;

/** An authority like Apple's iPhone Device CA: its own certificate ended long ago, and it signs on. */
export async function deviceAuthority(options: {
  readonly keys: KeyPool;
  readonly now: number;
  readonly name?: string;
}): Promise<DeviceAuthority> {
  const { keys, now } = options;
  const subject: Name = [
    ["O", "Apple Inc."],
    ["CN", options.name ?? "Apple iPhone Device CA"],
  ];
  const { privateKey: key } = await keys.take();
  const isAuthority = extension("2.5.29.19", sequence(der(0x01, Buffer.from([0xff]))), true);
  const certificate = selfSignedCertificate({
    subject,
    key,
    notBefore: now - 15 * YEAR,
    notAfter: now - 8 * YEAR,
    extensions: [isAuthority],
  });
  let serial = 1;
  return {
    certificate: pemOf(certificate),
    async issue(udid) {
      serial += 1;
      const pair = await keys.take();
      const own = selfSignedCertificate({
        subject: [["CN", udid]],
        key: pair.privateKey,
        issuer: { subject, key },
        serial,
        notBefore: now - YEAR,
        notAfter: now + YEAR,
        extensions: [extension("2.5.29.19", sequence(), true)],
      });
      return { certificate: own, privateKey: pair.privateKey };
    },
  };
}
