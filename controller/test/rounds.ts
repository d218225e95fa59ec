import type { Controller } from "../assemble.ts";
import { Retry } from "../errors.ts";
import type { FakeContent } from "../simulator/fake-content.ts";
import type { VirtualWorld } from "../simulator/world.ts";

const stepMs = 1_000;
const quietSteps = 6;

/** What has to move for time to pass. */
export interface House {
  readonly controller: Controller;
  readonly world: VirtualWorld;
  readonly content: FakeContent | undefined;
}

/** Rounds of a second each, until nothing was left to do for a while. */
export async function settleHouse(house: House, limitMs: number): Promise<void> {
  let quiet = 0;
  for (let passed = 0; passed < limitMs && quiet < quietSteps; passed += stepMs) {
    quiet = (await round(house, stepMs)) ? quiet + 1 : 0;
  }
}

/** Lets this much time pass, with a round at each step. */
export async function passTime(house: House, ms: number, byMs: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += byMs) await round(house, Math.min(byMs, ms - passed));
}

/** What the daemon does all the time, once. True when nothing was left to do. */
async function round({ controller, world, content }: House, ms: number): Promise<boolean> {
  await controller.reconciler.poll();
  const idle = await controller.reconciler.tick();
  const licensed = content === undefined || (await controller.licences.turn());
  const synced = await controller.android?.round().catch(unlessRetry);
  const pushed = await controller.push();
  await world.advance(ms);
  await controller.store.flush();
  return idle && licensed && synced !== false && pushed === 0;
}

/** What is wrong for now is tried again at the next round, as the daemon does. */
function unlessRetry(error: unknown): false {
  if (error instanceof Retry) return false;
  throw error;
}
