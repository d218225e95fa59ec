import { createHash, createHmac } from "node:crypto";
import { cloudEvents, cloudEventsType } from "./cloud-events.ts";
import { mailForm } from "./mail-form.ts";
import type { Message } from "./message.ts";
import { slackBody } from "./slack-form.ts";
import { takeTurns } from "./take-turns.ts";
import { teamsBody } from "./teams-form.ts";

/** Where a message goes. A URL may be a secret: whoever has it can write there. */
export type Address =
  | { readonly kind: "email"; readonly to: string }
  | { readonly kind: "webhook"; readonly url: string; readonly key?: string | undefined }
  | { readonly kind: "slack"; readonly url: string }
  | { readonly kind: "teams"; readonly url: string };

/** `reason` names no URL and no key. `afterMs`: the receiver asks for so much patience. */
export type Delivery =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly afterMs?: number };

/** Hands a mail to a server. Never rejects; `id`: the same whenever the same mail is sent again. */
export type SendMail = (
  mail: { readonly to: string; readonly subject: string; readonly text: string; readonly id: string },
  signal?: AbortSignal,
) => Promise<{ readonly ok: true } | { readonly ok: false; readonly reason: string }>;

/** `signal` cuts the delivery off: whether it arrived is then not known. */
export type Deliver = (
  address: Address,
  message: Message,
  now: number,
  signal?: AbortSignal,
) => Promise<Delivery>;

/** For the whole of a delivery over HTTP, from the name of the host to the answer. */
const longestMs = 10_000;
/** Mail servers that count connections take few of one sender. */
const mailsAtOnce = 2;

/** Delivers messages, each within a time: over HTTP without following anything, or by mail. Never rejects. */
export function createDeliver(post: SendMail | undefined, withinMs = longestMs): Deliver {
  const inTurn = takeTurns(mailsAtOnce);
  return async (address, message, now, signal) => {
    if (address.kind === "email") {
      if (post === undefined) return { ok: false, reason: "no mail server is configured (mail.host)" };
      const id = createHash("sha256").update(message.id).digest("hex").slice(0, 32);
      return inTurn(async () => {
        if (signal?.aborted === true) return { ok: false, reason: "it was cut off before its turn came" };
        return post({ to: address.to, id, ...mailForm(message) }, signal);
      });
    }
    const { body, headers } = request(address, message, now);
    return send(address.url, { body, headers }, withinMs, signal);
  };
}

function request(address: Exclude<Address, { kind: "email" }>, message: Message, now: number) {
  const json = { "content-type": "application/json; charset=utf-8" };
  if (address.kind === "slack") return { body: slackBody(message), headers: json };
  if (address.kind === "teams") return { body: teamsBody(message), headers: json };
  const body = cloudEvents(message);
  const seconds = String(Math.floor(now / 1_000));
  const headers = {
    "content-type": `${cloudEventsType}; charset=utf-8`,
    "webhook-id": message.id,
    "webhook-timestamp": seconds,
  };
  if (address.key === undefined) return { body, headers };
  return {
    body,
    headers: { ...headers, "webhook-signature": signature(address.key, message.id, seconds, body) },
  };
}

/** `v1,BASE64` of HMAC-SHA256 over `id.timestamp.body` (Standard Webhooks 1.0). */
export function signature(key: string, id: string, seconds: string, body: string): string {
  const bytes = key.startsWith("whsec_") ? Buffer.from(key.slice(6), "base64") : Buffer.from(key, "utf8");
  return `v1,${createHmac("sha256", bytes).update(`${id}.${seconds}.${body}`).digest("base64")}`;
}

async function send(
  url: string,
  what: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  withinMs: number,
  cutOff: AbortSignal | undefined,
): Promise<Delivery> {
  try {
    const timeout = AbortSignal.timeout(withinMs);
    const signal = cutOff === undefined ? timeout : AbortSignal.any([timeout, cutOff]);
    const response = await fetch(url, { method: "POST", ...what, redirect: "manual", signal });
    // Whatever it says is of no use, and might be endless.
    await response.body?.cancel();
    if (response.ok) return { ok: true };
    const afterMs = patienceOf(response.headers.get("retry-after"));
    const reason = response.status >= 300 && response.status < 400 ? "answers with a redirect" : "answers";
    return {
      ok: false,
      reason: `${reason} (HTTP ${response.status})`,
      ...(afterMs === undefined ? {} : { afterMs }),
    };
  } catch (error) {
    return { ok: false, reason: reasonOf(error, withinMs) };
  }
}

const hour = 3_600_000;

function patienceOf(header: string | null): number | undefined {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(hour, seconds * 1_000) : undefined;
}

function reasonOf(error: unknown, withinMs: number): string {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } };
  if (name === "TimeoutError") return `does not answer within ${withinMs / 1_000} s`;
  return typeof cause?.code === "string" ? `cannot be reached (${cause.code})` : "cannot be reached";
}
