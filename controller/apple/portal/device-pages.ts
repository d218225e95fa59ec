import type { Platform } from "../../core/facts.ts";
import { Retry } from "../../errors.ts";
import { textIn } from "./capped-fetch.ts";
import type { EnrollmentService } from "./session.ts";

/** A device as a page of the service describes it. */
export interface ListedDevice {
  readonly serial: string;
  readonly model: string | undefined;
  readonly platform: Platform | undefined;
  readonly profileUuid: string | undefined;
  readonly profileStatus: string | undefined;
  /** What happened to it, and when (epoch ms); only where changes are asked for. */
  readonly change: { readonly type: "added" | "modified" | "deleted"; readonly at: number } | undefined;
}

/** What the service says to a cursor. */
export type DevicePage =
  | {
      readonly type: "page";
      readonly devices: readonly ListedDevice[];
      readonly cursor: string;
      readonly more: boolean;
    }
  /** All were fetched: from here on changes are asked for. */
  | { readonly type: "exhausted" }
  /** Too old, or not one of the service's: everything is fetched anew. */
  | { readonly type: "lost"; readonly code: string };

/** How many devices are asked for at a time (Apple: 100 to 1,000). */
const pageSize = 1_000;

/** The next page of all devices (`/server/devices`), or of what has changed since (`/devices/sync`). */
export async function nextPage(
  service: EnrollmentService,
  phase: "fetch" | "sync",
  cursor: string | undefined,
): Promise<DevicePage> {
  const path = phase === "fetch" ? "/server/devices" : "/devices/sync";
  const body = { limit: pageSize, ...(cursor === undefined ? {} : { cursor }) };
  const reply = await service.call("POST", path, body);
  if (reply.type === "done") return readPage(reply.body);
  if (reply.code === "EXHAUSTED_CURSOR") return { type: "exhausted" };
  if (["EXPIRED_CURSOR", "INVALID_CURSOR", "CURSOR_REQUIRED"].includes(reply.code))
    return { type: "lost", code: reply.code };
  throw new Retry("portal-error", `${path} was refused: ${reply.code}`);
}

function readPage(body: Readonly<Record<string, unknown>>): DevicePage {
  const { cursor, more_to_follow: more, devices = [] } = body;
  if (typeof cursor !== "string" || !/^[\x20-\x7e]{1,1000}$/.test(cursor))
    throw new Retry("portal-answer", "a page of devices came without a cursor");
  if (!Array.isArray(devices) || devices.length > pageSize)
    throw new Retry("portal-answer", "a page of devices is no list");
  return { type: "page", devices: newest(devices.flatMap(readDevice)), cursor, more: more === true };
}

/** A device may stand in a page several times: the newest counts, of two as old the later one. */
function newest(devices: readonly ListedDevice[]): readonly ListedDevice[] {
  const found = new Map<string, ListedDevice>();
  for (const device of devices) {
    const known = found.get(device.serial);
    if (known === undefined || (device.change?.at ?? 0) >= (known.change?.at ?? 0))
      found.set(device.serial, device);
  }
  return [...found.values()];
}

/** An entry that is none is left out: one odd device must not keep the others away. */
function readDevice(entry: unknown): readonly ListedDevice[] {
  if (typeof entry !== "object" || entry === null) return [];
  const record = entry as Readonly<Record<string, unknown>>;
  const serial = record.serial_number;
  if (typeof serial !== "string" || !/^[A-Za-z0-9._-]{1,64}$/.test(serial)) return [];
  const uuid = textIn(record.profile_uuid, 64);
  return [
    {
      serial,
      model: textIn(record.model, 128),
      platform: platformOf(record.device_family),
      profileUuid: uuid === undefined || record.profile_status === "empty" ? undefined : uuid,
      profileStatus: textIn(record.profile_status, 20),
      change: changeOf(record),
    },
  ];
}

const families: Readonly<Record<string, Platform>> = {
  iphone: "ios",
  ipod: "ios",
  ipad: "ipados",
  mac: "macos",
  appletv: "tvos",
  vision: "visionos",
};

function platformOf(family: unknown): Platform | undefined {
  return typeof family === "string" ? families[family.toLowerCase()] : undefined;
}

function changeOf(record: Readonly<Record<string, unknown>>): ListedDevice["change"] {
  const { op_type: type, op_date: date } = record;
  const at = typeof date === "string" ? Date.parse(date) : Number.NaN;
  if (type !== "added" && type !== "modified" && type !== "deleted") return undefined;
  return { type, at: Number.isNaN(at) ? 0 : at };
}
