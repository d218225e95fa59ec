import { readFileSync } from "node:fs";
import type { Pem } from "../apple/identity.ts";
import { createPushClient, type PushClient } from "../apple/push.ts";
import type { Config } from "../config.ts";
import { daysLeft } from "../core/expiry.ts";
import { type ExpiryWatch, watchExpiry } from "../loop/expiry-watch.ts";
import { type PushCertificateView, storedPushCertificate } from "../loop/push-certificate.ts";
import type { Store } from "../store/open.ts";

/** Pushing as it is configured, and what people are told about it. */
export interface Pushing {
  /** Undefined without a push certificate. */
  readonly client: PushClient | undefined;
  readonly view: Omit<PushCertificateView, "expected">;
  readonly watch: ExpiryWatch;
}

/** The push certificate of the configured files, else the one that was imported into the store. */
export async function openPushing(config: Config, store: Store): Promise<Pushing> {
  const files = configuredPem(config);
  const pem = files ?? (await storedPushCertificate(store));
  if (pem === undefined) return { client: undefined, view: { origin: "none" }, watch: async () => {} };
  const client = openPushClient(config, pem);
  const { topic, notAfter } = client;
  const origin = files === undefined ? "store" : "files";
  return { client, view: { origin, topic, notAfter }, watch: watchExpiry(store, { topic, notAfter }) };
}

function configuredPem({ apple: { pushCertificateFile, pushKeyFile } }: Config): Pem | undefined {
  if (pushCertificateFile === undefined || pushKeyFile === undefined) return undefined;
  return {
    certificatePem: readFileSync(pushCertificateFile, "utf8"),
    keyPem: readFileSync(pushKeyFile, "utf8"),
  };
}

/** The client of the push service; an expired certificate is a warning, not the end. */
export function openPushClient({ apple: { apns } }: Config, pem: Pem): PushClient {
  return createPushClient({
    ...pem,
    now: Date.now(),
    ...(apns.address === undefined ? {} : { address: apns.address }),
    ...(apns.port === undefined ? {} : { port: apns.port }),
    ...(apns.caFile === undefined ? {} : { ca: readFileSync(apns.caFile, "utf8") }),
  });
}

/** Shown while no push certificate is configured. */
const noPush = {
  message: "no MDM push certificate: devices cannot be enrolled or woken",
  hint: "reeve apple push-csr",
};

const warnDays = 60;

/** What a person should know about the push certificate, also that there is none. */
export function pushWarnings(
  push: Pick<PushClient, "notAfter"> | undefined,
  now: number,
): readonly { readonly message: string; readonly hint: string }[] {
  if (push === undefined) return [noPush];
  const days = daysLeft(push.notAfter, now);
  if (days > warnDays) return [];
  const hint = "renew it at identity.apple.com, keeping its topic";
  const message =
    days < 0
      ? `push certificate expired ${-days} days ago: no device can be woken`
      : `push certificate expires in ${days} days`;
  return [{ message, hint }];
}
