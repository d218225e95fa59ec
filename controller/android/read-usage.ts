import { isObject, type JsonObject, listAt, objectAt, timeAt } from "./json-object.ts";

/** Where a device in Lost Mode says that it is. */
export interface LostPlace {
  readonly latitude: number;
  readonly longitude: number;
  /** Epoch ms, by the clock of the device. */
  readonly at: number;
}

/** What a batch of usage events (`BatchUsageLogEvents`) says of Lost Mode; all else in it is nobody's business here. */
export interface UsageReading {
  /** True when Lost Mode is spoken of: the record of the device may be another one now. */
  readonly isAboutLostMode: boolean;
  /** The newest of the places in it. */
  readonly place: LostPlace | undefined;
}

const mostEvents = 10_000;

/** Reads a batch; an event that is not as documented counts as missing. */
export function readUsage(batch: JsonObject): UsageReading {
  const events = listAt(batch, "usageLogEvents").slice(0, mostEvents).filter(isObject);
  const places = events.flatMap((event) => placeOf(event) ?? []).sort((a, b) => b.at - a.at);
  const isAboutLostMode = events.some(
    (event) => isObject(event.lostModeLocationEvent) || isObject(event.stopLostModeUserAttemptEvent),
  );
  return { isAboutLostMode, place: places[0] };
}

function placeOf(event: JsonObject): LostPlace | undefined {
  const location = objectAt(objectAt(event, "lostModeLocationEvent"), "location");
  const at = timeAt(event, "eventTime");
  if (location === undefined || at === undefined) return undefined;
  const { latitude, longitude } = location;
  // Google leaves out a zero; of a place that says neither nothing is known.
  if (latitude === undefined && longitude === undefined) return undefined;
  const [north, east] = [degrees(latitude, 90), degrees(longitude, 180)];
  return north === undefined || east === undefined ? undefined : { latitude: north, longitude: east, at };
}

function degrees(value: unknown, most: number): number | undefined {
  if (value === undefined) return 0;
  return typeof value === "number" && Math.abs(value) <= most ? value : undefined;
}
