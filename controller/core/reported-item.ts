import type { Progress } from "./channel.ts";
import type { GrantedItem } from "./granted.ts";
import type { Situation } from "./situation.ts";
import { type Transition, withProgress } from "./transition.ts";

/** Nothing is gained by telling it again: only another content, or the device itself, ends this. */
const stalled = 3;

/** A device says by itself what is wrong with an item (`domain` names how). Said again it changes nothing. */
export function reportedWrong(
  start: Transition,
  { device }: Situation,
  { key, digest }: GrantedItem,
  { domain, text }: { readonly domain: string; readonly text: string },
  at: number,
): Transition {
  const known = start.state.progress[key];
  if (known?.phase === "failed" && known.digest === digest && known.errors?.[0]?.text === text) return start;
  const errors = [{ domain, code: 0, text }];
  const progress: Progress = { digest, attempts: stalled, phase: "failed", at, errors };
  const event = { type: "item.failed", at, device, subject: key, message: text } as const;
  return { ...start, state: withProgress(start.state, key, progress), events: [...start.events, event] };
}

/** A device says by itself that an item is there as granted. */
export function reportedThere(
  start: Transition,
  { device }: Situation,
  { key }: GrantedItem,
  at: number,
): Transition {
  const message = "as declared, by its own report";
  const event = { type: "item.verified", at, device, subject: key, message } as const;
  return { ...start, state: withProgress(start.state, key, undefined), events: [...start.events, event] };
}
