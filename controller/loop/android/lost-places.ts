import type { LostPlace } from "../../android/read-usage.ts";
import { unchanged } from "../../core/transition.ts";
import { lostAndroid } from "../../store/android-devices.ts";
import { currentKept } from "../../store/kept.ts";
import type { Store } from "../../store/open.ts";
import type { AndroidPorts } from "./ports.ts";
import { writeTransition } from "./write-transition.ts";

/** Places by Google's name of the device. */
export type LostPlaces = ReadonlyMap<string, LostPlace>;

type PlacePorts = Pick<AndroidPorts, "store" | "clock">;

/**
 * Keeps, sealed, where devices say that they are. A message alone is not believed: only of an enrolled device that
 * Google's own record calls lost, and nothing older than what is kept.
 */
export async function keepPlaces(ports: PlacePorts, places: LostPlaces): Promise<void> {
  if (places.size === 0) return;
  const lost = await lostAndroid(ports.store);
  for (const [channel, place] of places)
    if (lost.has(channel) && (await isNewer(ports, channel, place))) await write(ports, channel, place);
}

/** True while a place of an enrolled device would not be kept, because its record does not call it lost yet. */
export async function isAwaitedLost(store: Store, channel: string): Promise<boolean> {
  if ((await store.channels.read(channel))?.status !== "enrolled") return false;
  return !(await lostAndroid(store)).has(channel);
}

/** Forgets where devices were that are not lost any more, whoever has ended it. */
export async function forgetPlaces(
  ports: PlacePorts,
  readings: readonly { readonly name: string; readonly state: string }[],
): Promise<void> {
  const lost = await lostAndroid(ports.store);
  for (const { name, state } of readings) if (lost.has(name) && state !== "LOST") await write(ports, name);
}

async function isNewer({ store, clock }: PlacePorts, channel: string, { at }: LostPlace): Promise<boolean> {
  const row = await store.channels.read(channel);
  if (row?.status !== "enrolled") return false;
  const kept = await currentKept(store, row.device, "location");
  if (kept?.value === undefined || kept.row.channel !== channel || kept.row.epoch !== row.epoch) return true;
  const known = Date.parse((JSON.parse(kept.value.toString("utf8")) as { readonly at: string }).at);
  // A clock that was ahead once must not hide all that comes after.
  return at > known || known > clock();
}

async function write(ports: PlacePorts, channel: string, place?: LostPlace): Promise<void> {
  const value =
    place === undefined
      ? {}
      : { value: JSON.stringify({ ...place, at: new Date(place.at).toISOString().replace(/\.\d+Z$/, "Z") }) };
  await writeTransition(ports, channel, ({ state, observed }) => ({
    ...unchanged(state, observed),
    kept: [{ kind: "location", source: "latest", ...value }],
  }));
}
