import { LRUCache } from "lru-cache";
import type { Event } from "../core/ledger.ts";

const hourMs = 3_600_000;
/** More than a device tells that is given everything at once, and again when that has failed. */
const mostAnHour = 300;

/** How many events each device has told in the hour that is under way. */
export type Telling = LRUCache<string, number>;

/** Nothing told yet. */
export function nobodyToldOf(): Telling {
  return new LRUCache<string, number>({ max: 10_000 });
}

/**
 * Of the events that a device brings about by what it says, unasked, as often as it likes, those for which there is room
 * in this hour: what it says counts all the same, and the history does not grow without an end.
 */
export function withinHour(
  telling: Telling,
  device: string,
  events: readonly Event[],
  now: number,
): readonly Event[] {
  if (events.length === 0) return events;
  const key = `${device} ${Math.floor(now / hourMs)}`;
  const told = telling.get(key) ?? 0;
  telling.set(key, told + events.length);
  const room = Math.max(0, mostAnHour - told);
  return events.length <= room ? events : events.slice(0, room);
}
