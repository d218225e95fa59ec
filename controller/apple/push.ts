import apn from "apn";
import type { PushAddress } from "../core/ports.ts";
import { UserError } from "../errors.ts";
import type { Pem } from "./identity.ts";
import { type PushCertificate, readPushCertificate } from "./push-certificate.ts";

/** What became of one push (Apple: "Handling notification responses from APNs"). */
export type PushResult =
  | { readonly type: "accepted" }
  /** The token is stale since then (epoch ms); says nothing about the device. A later TokenUpdate revives it. */
  | { readonly type: "token-dead"; readonly since: number | undefined }
  /** Our certificate, topic or address is wrong, or this one token is: never a reason to give up devices. */
  | { readonly type: "configuration"; readonly reason: string }
  | { readonly type: "retry"; readonly afterMs: number; readonly reason: string };

export interface PushClient {
  readonly topic: string;
  readonly notAfter: number;
  /** Wakes a device; the service drops the push at `expiresAt` (epoch ms). Never rejects. */
  readonly push: (address: PushAddress, options: { readonly expiresAt: number }) => Promise<PushResult>;
  /** Ends after what is under way; later pushes are told to retry. */
  readonly close: () => Promise<void>;
}

export interface PushOptions extends Pem {
  /** A push service that is not Apple's, for tests; its certificate must lead to `ca`. */
  readonly address?: string;
  readonly port?: number;
  readonly ca?: string;
  readonly expectedTopic?: string;
  readonly now: number;
}

/**
 * A connection to the Apple Push Notification service, opened at the first push. Throws UserError. With a certificate
 * that has expired nothing is pushed, and everything else goes on.
 */
export function createPushClient(options: PushOptions): PushClient {
  const { expectedTopic, now } = options;
  const certificate = readPushCertificate(options, expectedTopic === undefined ? {} : { expectedTopic });
  if (certificate.notAfter <= now) return expiredClient(certificate);
  const provider = connect(options, certificate);

  async function push(
    address: PushAddress,
    { expiresAt }: { readonly expiresAt: number },
  ): Promise<PushResult> {
    // A topic that is not this certificate's is refused by the service, and the device never asked for it.
    if (address.topic !== certificate.topic)
      return { type: "configuration", reason: "DeviceTokenNotForTopic" };
    const notification = new apn.Notification();
    notification.mdm = address.magic;
    notification.topic = certificate.topic;
    notification.pushType = "mdm";
    notification.priority = 10;
    notification.expiry = Math.floor(expiresAt / 1000);
    const { failed } = await provider.send(notification, address.token);
    return failed[0] === undefined ? { type: "accepted" } : resultOf(failed[0]);
  }

  return {
    topic: certificate.topic,
    notAfter: certificate.notAfter,
    push: (address, asked) => push(address, asked).catch(unreachable),
    close: () => provider.shutdown(),
  };
}

function expiredClient({ topic, notAfter }: PushCertificate): PushClient {
  const reason = "the push certificate has expired";
  return {
    topic,
    notAfter,
    push: async () => ({ type: "configuration", reason }),
    close: async () => {},
  };
}

function connect(options: PushOptions, certificate: Pem): apn.Provider {
  const { address, port, ca } = options;
  try {
    return new apn.Provider({
      cert: Buffer.from(certificate.certificatePem),
      key: Buffer.from(certificate.keyPem),
      // Without it the library looks at NODE_ENV; with an address of its own it sets it to false by itself.
      production: true,
      ...(address === undefined ? {} : { address }),
      ...(port === undefined ? {} : { port }),
      ...(ca === undefined ? {} : { ca: [Buffer.from(ca)] }),
      // It would repeat at once, whatever the service asked for; the caller decides when.
      connectionRetryLimit: 0,
    });
  } catch (cause) {
    throw new UserError("push-certificate", "the push certificate cannot be used", { cause });
  }
}

/** The service is unreachable or answered in no form that we know. */
const unknownDelayMs = 15_000;
const busyDelayMs = 60_000;

const configurationStatuses: ReadonlySet<number> = new Set([400, 403, 404, 405, 413]);

function resultOf(failure: apn.ResponseFailure): PushResult {
  const { status, response } = failure;
  const reason = response?.reason ?? "";
  if (status === 410 && (reason === "Unregistered" || reason === "ExpiredToken")) {
    return { type: "token-dead", since: timestampOf(response?.timestamp) };
  }
  if (status === 410 || (status !== undefined && configurationStatuses.has(status))) {
    return { type: "configuration", reason: reason === "" ? `status ${status}` : reason };
  }
  if (status !== undefined) {
    return { type: "retry", afterMs: busyDelayMs, reason: reason === "" ? `status ${status}` : reason };
  }
  return unreachable(failure.error);
}

function unreachable(error: unknown): PushResult {
  return {
    type: "retry",
    afterMs: unknownDelayMs,
    reason: error instanceof Error ? error.message : "connection lost",
  };
}

function timestampOf(timestamp: unknown): number | undefined {
  const value = Number(timestamp ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}
