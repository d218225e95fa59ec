import type { Candidate } from "./act-candidates.ts";
import { backoffMs, fraction } from "./backoff.ts";
import type { ChannelState, Progress, Sent } from "./channel.ts";
import type { Event } from "./ledger.ts";
import type { ChannelRow } from "./ports.ts";
import { setupEnded } from "./setup-assistant.ts";
import { type Identity, type Situation, sendsOnlyQueries } from "./situation.ts";
import { type Transition, withoutAside, withoutOutstanding, withProgress } from "./transition.ts";

/** What progress of a renewal is kept under; its digest is the identity that is to be replaced. */
export const renewalKey = "enrollment/renew";

const day = 24 * 60 * 60_000;

/**
 * From when on a device is made to renew its identity, epoch ms: `leadMs` before it ends, but not in its first half;
 * devices that enrolled together are spread over a quarter of that time.
 */
function renewalFrom(
  { notBefore, notAfter }: { readonly notBefore: number; readonly notAfter: number },
  leadMs: number,
  device: string,
): number {
  const lead = Math.min(leadMs, (notAfter - notBefore) / 2);
  return Math.floor(notAfter - lead + (fraction(`${device}/renewal`) * lead) / 4);
}

/** The identity of a stored channel. Users share that of their device, which renews it. */
export function identityOf(
  { kind, device, certificate, validity }: Pick<ChannelRow, "kind" | "device" | "certificate" | "validity">,
  leadMs: number,
): Pick<Situation, "identity"> {
  if (kind === "user" || validity === undefined) return {};
  const renewFrom = renewalFrom(validity, leadMs, device);
  return { identity: { certificate, renewFrom, until: validity.notAfter } };
}

/**
 * The renewal of a device's identity, as a candidate, and from when on its certificates are to be asked for: what was
 * accepted, or may have been, is looked into before another certificate is spent. Both are missing when none is due.
 */
export function renewalOf(situation: Situation): {
  readonly candidate?: Omit<Candidate, "rank">;
  readonly lookFrom?: number;
} {
  const { identity, state } = situation;
  if (identity === undefined || sendsOnlyQueries(situation) || isUnderWay(state, identity)) return {};
  const progress = progressOf(state, identity);
  const open = progress?.phase === "acknowledged" || progress?.phase === "unknown";
  if (open && (state.collected.certificates ?? -1) <= progress.at) return { lookFrom: progress.at + graceMs };
  return {
    candidate: {
      key: renewalKey,
      digest: identity.certificate,
      intent: { type: "enrollment", step: "renew", about: identity.certificate },
      notBefore: Math.max(identity.renewFrom, progress?.retryAt ?? 0),
    },
  };
}

/** A device that accepted its renewal speaks with the new identity after a moment. */
const graceMs = 60_000;

/** An attempt at a step of the management has ended in this way; the next one has its time. */
export function stepEnded(
  start: Transition,
  situation: Situation,
  sent: Sent,
  ended: Pick<Progress, "phase" | "errors">,
  at: number,
): Transition {
  const { intent, attempt } = sent;
  if (intent.type !== "enrollment") return start;
  if (intent.step !== "renew") return setupEnded(start, situation, sent, ended, at);
  const wait = backoffMs(attempt, `${situation.channel}/${renewalKey}`, 60 * 60_000, day);
  const retryAt = at + Math.min(wait, mostOfRest(situation, at));
  const progress: Progress = { digest: intent.about, attempts: attempt, at, retryAt, ...ended };
  return { ...start, state: withProgress(start.state, renewalKey, progress) };
}

/** Sooner and sooner as the end of its identity nears: past it the device is lost to management. */
function mostOfRest({ identity }: Situation, at: number): number {
  return identity === undefined ? day : Math.max(60_000, (identity.until - at) / 4);
}

/** A device that speaks with another identity than the one that was to be replaced has renewed it, whatever it answered. */
export function settleRenewal(start: Transition, situation: Situation, now: number): Transition {
  const { identity } = situation;
  if (identity === undefined) return start;
  const { outstanding, progress } = start.state;
  const isOld = (about: string | undefined): boolean => about !== undefined && about !== identity.certificate;
  const old = [outstanding, ...start.state.aside].filter((one) => isOld(renewedBy(one)));
  if (!isOld(progress[renewalKey]?.digest) && old.length === 0) return start;
  let state = withProgress(start.state, renewalKey, undefined);
  for (const one of old) {
    if (one === undefined) continue;
    state = one.id === outstanding?.id ? withoutOutstanding(state) : withoutAside(state, one.id);
  }
  const event: Event = {
    type: "identity.renewed",
    at: now,
    device: situation.device,
    message: `good until ${new Date(identity.until).toISOString().slice(0, 10)}`,
  };
  const closed = old.flatMap((one) =>
    one === undefined
      ? []
      : [
          {
            type: "closed",
            id: one.id,
            status: "executed",
            at: now,
            note: "it speaks with its new identity",
          } as const,
        ],
  );
  return { ...start, state, ledger: [...start.ledger, ...closed], events: [...start.events, event] };
}

function renewedBy(sent: Sent | undefined): string | undefined {
  return sent?.intent.type === "enrollment" && sent.intent.step === "renew" ? sent.intent.about : undefined;
}

function isUnderWay({ outstanding }: ChannelState, { certificate }: Identity): boolean {
  return renewedBy(outstanding) === certificate;
}

function progressOf(state: ChannelState, { certificate }: Identity): Progress | undefined {
  const progress = state.progress[renewalKey];
  return progress?.digest === certificate ? progress : undefined;
}
