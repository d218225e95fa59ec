import {
  androidmanagement,
  type androidmanagement_v1,
} from "googleapis/build/src/apis/androidmanagement/index.js";
import { pubsub, type pubsub_v1 } from "googleapis/build/src/apis/pubsub/index.js";
import { Retry, UserError } from "../errors.ts";
import { credentialsOf, type GoogleAccess } from "./access.ts";
import type { Urgency } from "./bucket.ts";
import { failureOf } from "./failure.ts";
import type { Throttle } from "./throttle.ts";

/** Google's own clients. Whole packages are never imported: these two are small, and the whole is not. */
export interface GoogleClients {
  readonly management: androidmanagement_v1.Androidmanagement;
  readonly pubsub: pubsub_v1.Pubsub;
}

export interface GoogleOptions {
  readonly access: GoogleAccess;
  readonly throttle: Throttle;
  /** For one call with its answer; by default 30 seconds. */
  readonly timeoutMs?: number;
  /** The largest answer, unpacked; by default 64 MiB, some hundred devices with all their apps. */
  readonly mostBytes?: number;
}

/** What one call is about. */
export interface CallOptions {
  readonly urgency: Urgency;
  readonly signal?: AbortSignal;
  /** What was put into the request and must not come back in a message. */
  readonly secrets?: readonly string[];
}

/** An answer; `unchanged` for one without a body that says that nothing was to be done (304). */
export type Answer<T> = { readonly type: "answer"; readonly data: T } | { readonly type: "unchanged" };

type Sent<T> = Promise<{ readonly data: T; readonly status: number }>;

/** Calls to Google: within the quota, in time, within bounds, never repeated by themselves, and failing in our words. */
export interface Google {
  /** Throws UserError, Retry or Stalled with the codes of failure.ts. */
  readonly call: <T>(
    options: CallOptions,
    send: (clients: GoogleClients, common: { readonly signal: AbortSignal }) => Sent<T>,
  ) => Promise<Answer<T>>;
}

/** Opens nothing before the first call. Throws UserError for credentials that are none. */
export function google(options: GoogleOptions): Google {
  const clients = clientsOf(options);
  const { throttle, timeoutMs = defaultTimeoutMs } = options;
  return {
    call: async ({ urgency, signal, secrets }, send) => {
      await throttle.take(urgency, signal);
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const { data, status } = await send(clients, {
          signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        });
        if (status === 304) return { type: "unchanged" };
        // A proxy, or a gateway, answers with pages.
        if (typeof data !== "object" || data === null)
          throw new Retry("google-unanswered", "Google answered with something else than JSON");
        return { type: "answer", data };
      } catch (error) {
        const failure = failureOf(error, secrets);
        if (failure instanceof Retry && failure.code === "google-quota") throttle.exhausted(failure.afterMs);
        throw failure;
      }
    },
  };
}

const defaultTimeoutMs = 30_000;
const defaultMostBytes = 64 * 1_024 * 1_024;

function clientsOf({ access, mostBytes = defaultMostBytes }: GoogleOptions): GoogleClients {
  const credentials = credentialsOf(access);
  const common = {
    version: "v1",
    // Google's client would send reads four times within two seconds, whatever the quota says.
    retry: false,
    size: mostBytes,
    // Nothing that is sent here belongs elsewhere.
    redirect: "error",
    ...(credentials === undefined ? {} : { auth: credentials }),
    ...(access.type === "emulator" ? { rootUrl: emulatorUrl(access.rootUrl) } : {}),
  } as const;
  // Each takes its options to pieces.
  return { management: androidmanagement({ ...common }), pubsub: pubsub({ ...common }) };
}

function emulatorUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UserError("google-address", `${text} is no address of an emulator`, {
    hint: "Write it as http://HOST:PORT.",
  });
}
