import { listControls, setControl } from "../store/control.ts";
import { pullBack } from "../store/due-times.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";

const name = "clock";
/** How exactly the last time is known. */
const stepMs = 5 * 60_000;
/** Clocks of replicas differ by less. */
const toleranceMs = 10 * 60_000;

/**
 * Notices that the clock stands before a time at which this store was worked with: then whoever was due is due by now,
 * and not when the wrong time comes. Devices are woken over a quarter of an hour.
 */
export async function guardClock(store: Store, now: number): Promise<void> {
  const last = (await listControls(store)).find((control) => control.name === name)?.value;
  const before = typeof last === "number" ? last : undefined;
  if (before !== undefined && now <= before + stepMs && now >= before - toleranceMs) return;
  if (before !== undefined && now < before - toleranceMs) {
    const channels = await pullBack(store, now);
    const message = `the clock stands ${Math.round((before - now) / 60_000)} minutes before the last pass; ${channels} channels are woken`;
    await appendEvents(store, [{ type: "clock.backwards", at: now, message }]);
  }
  await setControl(store, name, now, { person: "reeve", at: now });
}
