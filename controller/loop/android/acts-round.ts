import { androidActing } from "../../store/android-acts.ts";
import { type Followed, type Following, followActs } from "./follow-acts.ts";
import type { Patience } from "./patience.ts";
import type { AndroidPorts } from "./ports.ts";
import { type Refusals, type Sending, sendActs } from "./send-acts.ts";

/** Commands to devices: what is due is given to Google, and what was given is followed. */
export interface ActsRound {
  /** Devices that Google has no more, and whether more is to be done at once. */
  readonly run: (
    patience: Patience,
  ) => Promise<{ readonly gone: readonly string[]; readonly isSettled: boolean }>;
  /** Something was said of these devices: their operations are asked for at once. */
  readonly hint: () => void;
}

const atOnce = 8;

/** Remembers only what spares calls: after a restart it goes on from the ledger. */
export function createActsRound(ports: AndroidPorts): ActsRound {
  const following: Following = { asked: new Map(), cancelled: new Set() };
  const refusals: Refusals = new Map();

  async function run(
    patience: Patience,
  ): Promise<{ readonly gone: readonly string[]; readonly isSettled: boolean }> {
    const channels = await androidActing(ports.store);
    if (channels.length === 0) forget();
    const gone: string[] = [];
    let isSettled = true;
    for (let start = 0; start < channels.length; start += atOnce) {
      const some = channels.slice(start, start + atOnce);
      const results = await Promise.allSettled(some.map(one));
      // A device that Google does not answer about keeps no other waiting.
      for (const result of results)
        if (result.status === "rejected") patience.failed(result.reason);
        else if (result.value !== "idle") patience.answered();
      const outcomes = results.map((result) => (result.status === "fulfilled" ? result.value : "idle"));
      gone.push(...some.filter((_, index) => outcomes[index] === "gone"));
      isSettled &&= outcomes.every((outcome) => outcome === "idle" || outcome === "gone");
      // What waits keeps its place in the ledger.
      if (outcomes.includes("stopped")) break;
    }
    return { gone, isSettled };
  }

  async function one(channel: string): Promise<Sending | Followed> {
    const followed = await followActs(ports, channel, following);
    if (followed === "gone" || ports.isHalted()) return followed;
    const sent = await sendActs(ports, channel, refusals);
    return sent === "idle" ? followed : sent;
  }

  function forget(): void {
    following.asked.clear();
    following.cancelled.clear();
    refusals.clear();
  }

  return { run, hint: () => following.asked.clear() };
}
