import type { JsonObject } from "../../android/json-object.ts";
import { type AndroidReading, readDevice } from "../../android/read-device.ts";
import { ReadingError } from "../../android/reading-error.ts";
import { inSlices } from "../../slices.ts";
import { putAndroidRecords } from "../../store/android-devices.ts";
import { findRenderings, type Rendering } from "../../store/android-policies.ts";
import { forgetPlaces } from "./lost-places.ts";
import { managementOf } from "./management-of.ts";
import type { AndroidPorts } from "./ports.ts";
import { type ReadRecord, type TakenRecord, takeReading } from "./take-reading.ts";

/**
 * Takes in what Google says of these devices now; `list` is the number of the whole list that they are from. A device
 * that is new is enrolled. A record that cannot be read is kept from everything and said; the others count.
 */
export async function takeReadings(
  ports: AndroidPorts,
  values: readonly unknown[],
  list?: number,
): Promise<readonly AndroidReading[]> {
  const records = await readable(ports, values);
  const readings = records.map((one) => one.reading);
  // Google keeps the records of earlier enrollments of a device: they say nothing of it any more.
  const earlier = new Set(readings.flatMap(({ previousNames }) => previousNames));
  const present = records.filter(({ reading }) => !earlier.has(reading.name));
  const taken = await takeAll(ports, present, await writtenFor(ports, readings));
  await forgetPlaces(
    ports,
    present.map((one) => one.reading),
  );
  await putAndroidRecords(
    ports.store,
    readings.map((reading) => ({
      channel: reading.name,
      policy: reading.policy,
      applied: reading.applied,
      state: reading.state,
      reportedAt: reading.reportedAt,
      readAt: ports.clock(),
      management: managementOf(reading, taken.get(reading.name)?.rendering),
    })),
    list,
  );
  if ([...taken.values()].some((one) => one.isNews)) ports.onChange();
  return readings;
}

async function readable(ports: AndroidPorts, values: readonly unknown[]): Promise<readonly ReadRecord[]> {
  const records: ReadRecord[] = [];
  for await (const value of inSlices(values)) {
    try {
      records.push({ reading: readDevice(value), value: value as JsonObject });
    } catch (error) {
      if (!(error instanceof ReadingError)) throw error;
      ports.onError("read a device of Google's", error);
    }
  }
  return records;
}

/** What came of each record, by Google's name of the device. */
async function takeAll(
  ports: AndroidPorts,
  records: readonly ReadRecord[],
  written: (reading: AndroidReading) => Rendering | undefined,
): Promise<ReadonlyMap<string, TakenRecord>> {
  const taken = new Map<string, TakenRecord>();
  const alike = Map.groupBy(records, ({ reading }) => reading.identity ?? reading.name);
  await Promise.all(
    alike.values().map(async (claimants) => {
      // One after the other: whoever comes second with a serial number is a stranger.
      for (const record of claimants)
        taken.set(record.reading.name, await takeReading(ports, record, written(record.reading)));
    }),
  );
  return taken;
}

/** What reeve wrote under the policies and versions that these devices have applied. */
async function writtenFor(
  { store }: AndroidPorts,
  readings: readonly AndroidReading[],
): Promise<(reading: AndroidReading) => Rendering | undefined> {
  const versions = readings.flatMap(({ applied }) => (applied === undefined ? [] : [applied]));
  const distinct = new Map(versions.map((one) => [`${one.policy}@${one.version}`, one]));
  const renderings = await findRenderings(store, [...distinct.values()]);
  return ({ applied }) => applied && renderings.get(`${applied.policy}@${applied.version}`);
}
