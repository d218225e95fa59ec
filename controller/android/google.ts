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

export interface GoogleOptions {
  readonly access: GoogleAccess;
  /** Of the quota of Android Management. */
  readonly throttle: Throttle;
  /** For one call with its answer; by default 30 seconds. */
  readonly timeoutMs?: number;
  /** The largest answer, unpacked; by default 64 MiB, some hundred devices with all their apps. */
  readonly mostBytes?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** What was put into the request and must not come back in a message. */
  readonly secrets?: readonly string[];
}

/** An answer; `unchanged` for one without a body that says that nothing was to be done (304). */
export type Answer<T> = { readonly type: "answer"; readonly data: T } | { readonly type: "unchanged" };

type Sent<T> = Promise<{ readonly data: T; readonly status: number }>;

/** One call by one of Google's clients; `common` goes with it. */
type Send<Client, T> = (client: Client, common: { readonly signal: AbortSignal }) => Sent<T>;

/**
 * Calls to Google: in time, within bounds, never repeated by themselves, and failing in our words: they throw
 * UserError, Retry or Stalled with the codes of failure.ts.
 */
export interface Google {
  /** Android Management, within its quota. */
  readonly manage: <T>(
    options: CallOptions & { readonly urgency: Urgency },
    send: Send<androidmanagement_v1.Androidmanagement, T>,
  ) => Promise<Answer<T>>;
  /** Pub/Sub, which has a quota of its own, far beyond what is needed. */
  readonly messages: <T>(options: CallOptions, send: Send<pubsub_v1.Pubsub, T>) => Promise<Answer<T>>;
}

/** Opens nothing before the first call. Throws UserError for credentials that are none. */
export function google(options: GoogleOptions): Google {
  const { management, messages } = clientsOf(options);
  const { throttle, timeoutMs = defaultTimeoutMs } = options;
  return {
    manage: async ({ urgency, ...call }, send) => {
      await throttle.take(urgency, call.signal);
      try {
        return await answerOf(management, send, call, timeoutMs);
      } catch (error) {
        if (error instanceof Retry && error.code === "google-quota") throttle.exhausted(error.afterMs);
        throw error;
      }
    },
    messages: (call, send) => answerOf(messages, send, call, timeoutMs),
  };
}

async function answerOf<Client, T>(
  client: Client,
  send: Send<Client, T>,
  { signal, secrets }: CallOptions,
  timeoutMs: number,
): Promise<Answer<T>> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const { data, status } = await send(client, {
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    if (status === 304) return { type: "unchanged" };
    // A proxy, or a gateway, answers with pages.
    if (typeof data !== "object" || data === null)
      throw new Retry("google-unanswered", "Google answered with something else than JSON");
    return { type: "answer", data };
  } catch (error) {
    throw failureOf(error, secrets);
  }
}

const defaultTimeoutMs = 30_000;
const defaultMostBytes = 64 * 1_024 * 1_024;

/** Google's own clients, of which only these two are loaded: the whole package is large. */
function clientsOf({ access, mostBytes = defaultMostBytes }: GoogleOptions) {
  const common = {
    version: "v1",
    // Google's client would send reads four times within two seconds, whatever the quota says.
    retry: false,
    size: mostBytes,
    // Nothing that is sent here belongs elsewhere.
    redirect: "error",
    auth: credentialsOf(access),
    ...(access.type === "emulator" ? { rootUrl: emulatorUrl(access.rootUrl) } : {}),
  } as const;
  // Each takes its options to pieces.
  return { management: androidmanagement({ ...common }), messages: pubsub({ ...common }) };
}

function emulatorUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new UserError("google-address", `${text} is no address of an emulator`, {
    hint: "Write it as http://HOST:PORT.",
  });
}
