import type { KeptKind } from "../core/report.ts";
import { UserError } from "../errors.ts";
import type { DeviceRow } from "../store/devices.ts";
import { appendEvents } from "../store/events.ts";
import { currentKept, listKept, readKept } from "../store/kept.ts";
import type { Person } from "./control.ts";
import type { LocationView, SecretsView, SecretView } from "./secret-views.ts";
import { deviceNamed, type Looking } from "./view-devices.ts";

/** What is kept of a device, without any of it. Throws UserError for an unknown device. */
export async function viewSecrets(looking: Looking, word: string): Promise<SecretsView> {
  const row = await deviceNamed(looking.store, word);
  const kept = await listKept(looking.store, row.id);
  return {
    device: row.id,
    name: row.alias ?? row.serial ?? row.id,
    secrets: kept
      .filter((one) => one.kind !== "location")
      .map(({ kind, at, epoch, present, source, status }) => ({
        kind,
        at,
        epoch,
        present,
        status: source.startsWith("reported ") ? "reported" : (status ?? "executed"),
      })),
  };
}

/** Values of one kind that are given out at most: the newest, and those that may still be in force. */
const mostValues = 5;

/**
 * What is kept of one kind, the newest first: several where it is not certain which one the device has. The event that
 * says who read it and why is written before anything is given out. Throws UserError.
 */
export async function takeSecret(
  looking: Looking,
  word: string,
  kind: KeptKind,
  reason: string,
  by: Person,
): Promise<SecretView> {
  const { store } = looking;
  const row = await deviceNamed(store, word);
  const kept = (await listKept(store, row.id, kind)).filter((one) => one.present).slice(0, mostValues);
  if (kept.length === 0)
    throw new UserError("no-secret", `nothing of ${kind} is kept of ${row.alias ?? row.serial ?? row.id}`, {
      hint: "`reeve secrets DEVICE` lists what is kept.",
    });
  const at = looking.clock();
  const event = { type: "secret.read", at, device: row.id, subject: kind, message: reason, by: by.name };
  await appendEvents(store, [event]);
  const values = [];
  for (const one of kept) {
    const value = await readKept(store, one);
    if (value === undefined) continue;
    const status = one.source.startsWith("reported ") ? "reported" : (one.status ?? "executed");
    values.push({ at: one.at, status, ...textOf(value) });
  }
  return { device: row.id, name: row.alias ?? row.serial ?? row.id, kind, values };
}

/** Text as it is; bytes, such as an envelope that only its recipient opens, in base64. */
function textOf(value: Buffer): { readonly value: string; readonly encoding: "text" | "base64" } {
  const text = value.toString("utf8");
  if (/^[\x20-\x7e\u00a0-\uffff]*$/.test(text) && Buffer.from(text, "utf8").equals(value))
    return { value: text, encoding: "text" };
  return { value: value.toString("base64"), encoding: "base64" };
}

/** Where a lost device said that it was, in this enrollment; undefined when it is not lost or never said. */
export async function locationOf(looking: Looking, row: DeviceRow): Promise<LocationView | undefined> {
  if (row.status === "left") return undefined;
  const found = await currentKept(looking.store, row.id, "location");
  if (found?.value === undefined || found.row.epoch !== row.epoch) return undefined;
  const place = JSON.parse(found.value.toString("utf8")) as Omit<LocationView, "map" | "reportedAt">;
  const { latitude, longitude } = place;
  const where = `${latitude.toFixed(5)},${longitude.toFixed(5)}`;
  const [lat, lon] = where.split(",");
  const map = `https://www.openstreetmap.org/?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}`;
  return { ...place, reportedAt: found.row.at, map };
}
