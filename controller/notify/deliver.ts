import { createHmac } from "node:crypto";
import { cloudEvents, cloudEventsType } from "./cloud-events.ts";
import { mailForm } from "./mail-form.ts";
import type { Message } from "./message.ts";
import { slackBody } from "./slack-form.ts";
import { teamsBody } from "./teams-form.ts";

/** Where a message goes. A URL may be a secret: whoever has it can write there. */
export type Address =
  | { readonly kind: "email"; readonly to: readonly string[] }
  | { readonly kind: "webhook"; readonly url: string; readonly key?: string | undefined }
  | { readonly kind: "slack"; readonly url: string }
  | { readonly kind: "teams"; readonly url: string };

/** `reason` names no URL and no key. `afterMs`: the receiver asks for so much patience. */
export type Delivery =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly afterMs?: number };

/** Hands a mail to a server. Never rejects; `server`: no other address would do better. */
export type SendMail = (mail: {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}) => Promise<
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: string; readonly blame: "recipient" | "server" }
>;

export type Deliver = (address: Address, message: Message, now: number) => Promise<Delivery>;

const timeoutMs = 10_000;

/** Delivers messages: over HTTP without following anything, or by mail. Never rejects. */
export function createDeliver(post: SendMail | undefined): Deliver {
  return async (address, message, now) => {
    if (address.kind === "email") return mail(post, address.to, message);
    const { body, headers } = request(address, message, now);
    return send(address.url, body, headers);
  };
}

async function mail(post: SendMail | undefined, to: readonly string[], message: Message): Promise<Delivery> {
  if (post === undefined) return { ok: false, reason: "no mail server is configured (mail.host)" };
  const { subject, text } = mailForm(message);
  const refused: string[] = [];
  for (const one of to) {
    const posted = await post({ to: one, subject, text });
    if (posted.ok) continue;
    if (posted.blame === "server") return { ok: false, reason: posted.reason };
    refused.push(posted.reason);
  }
  // One address that is wrong keeps the others from nothing; all of them wrong is a fault.
  return refused.length < to.length ? { ok: true } : { ok: false, reason: refused[0] ?? "no address" };
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

async function send(url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Delivery> {
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method: "POST", body, headers, redirect: "manual", signal });
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
    return { ok: false, reason: reasonOf(error) };
  }
}

const hour = 3_600_000;

function patienceOf(header: string | null): number | undefined {
  const seconds = header === null ? Number.NaN : Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(hour, seconds * 1_000) : undefined;
}

function reasonOf(error: unknown): string {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: unknown } };
  if (name === "TimeoutError") return "does not answer within 10 s";
  return typeof cause?.code === "string" ? `cannot be reached (${cause.code})` : "cannot be reached";
}
