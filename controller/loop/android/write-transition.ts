import type { Situation } from "../../core/situation.ts";
import type { Transition } from "../../core/transition.ts";
import { changeOf } from "../channel-change.ts";
import { androidSituation } from "./android-situation.ts";
import type { AndroidPorts } from "./ports.ts";

const mostTries = 8;

/**
 * Writes what has become of a device, whoever writes to it meanwhile: each attempt decides anew. `undefined` writes
 * nothing. It was not in contact for that. False when every attempt lost: the next round finds the same again.
 */
export async function writeTransition(
  { store, clock }: Pick<AndroidPorts, "store" | "clock">,
  channel: string,
  decide: (situation: Situation, now: number) => Transition | undefined,
): Promise<boolean> {
  for (let attempt = 0; attempt < mostTries; attempt++) {
    const row = await store.channels.read(channel);
    if (row === undefined) return true;
    const now = clock();
    const transition = decide(androidSituation(row), now);
    if (transition === undefined) return true;
    const decision = { ...transition, command: undefined, dueAt: row.dueAt };
    const change = { ...changeOf(row, decision, now), seenAt: row.lastSeenAt };
    if ((await store.channels.write(change)).type === "written") return true;
  }
  return false;
}
