import { refusalSaid } from "../core/gate-words.ts";
import type { ChannelRow } from "../core/ports.ts";
import { checkAct, holdAgain, noteWait } from "../store/approvals.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";

/**
 * A refusal of the gate is told; without an approval that still counts, the act waits for persons again. One whose
 * record was tampered with engages the breaker: what the gate itself wrote went back with the command.
 */
export async function noteRefusal(
  store: Store,
  { device }: ChannelRow,
  act: string,
  reason: string,
  at: number,
): Promise<void> {
  if (await checkAct(store, act))
    await holdAgain(store, act, device, "its record is not what reeve filed", at);
  else if (reason === "not-approved") await holdAgain(store, act, device, "its approval ended", at);
  // It is tried at each contact: what is known is not told again.
  else if (!(await noteWait(store, act, device, refusalSaid(reason)))) return;
  await appendEvents(store, [
    { type: "gate.refused", at, device, subject: act, message: refusalSaid(reason) },
  ]);
}
