import type { FakeAnswer } from "./fake-http.ts";

/** A device as the enrollment service lists it. */
export type ListedDevice = {
  readonly serial_number: string;
  readonly model: string;
  readonly device_family: string;
  readonly os: string;
  profile_uuid?: string;
  profile_status: "empty" | "assigned" | "pushed" | "removed";
};

type Operation = {
  readonly type: "added" | "modified" | "deleted";
  readonly device: ListedDevice;
  readonly at: number;
};

/** The devices of a server, and what has happened to them, behind cursors that only the service reads. */
export type DeviceList = {
  readonly devices: ReadonlyMap<string, ListedDevice>;
  add(device: ListedDevice): void;
  remove(serial: string): void;
  /** Says once more what was said of a device, with an older date. */
  repeat(serial: string, type: Operation["type"], agoMs: number): void;
  /** Cursors of before are not taken any more. */
  expireCursors(code: string): void;
  /** The next page comes with the cursor that was given, again and again. */
  loop(times: number): void;
  fetch(body: Record<string, unknown>): FakeAnswer;
  sync(body: Record<string, unknown>): FakeAnswer;
};

/** Both lists give at most so many devices at a time, whatever is asked for. */
export function deviceList(options: { readonly now: () => number; readonly pageSize: number }): DeviceList {
  const devices = new Map<string, ListedDevice>();
  const operations: Operation[] = [];
  let generation = 0;
  let lostCode = "EXPIRED_CURSOR";
  let loops = 0;

  function note(type: Operation["type"], device: ListedDevice, at = options.now()): void {
    operations.push({ type, device: { ...device }, at });
  }
  function cursorOf(at: number, since: number): string {
    return Buffer.from(JSON.stringify([generation, at, since])).toString("hex");
  }
  function readCursor(text: unknown): readonly [at: number, since: number] | FakeAnswer {
    try {
      const [made, at, since] = JSON.parse(Buffer.from(String(text), "hex").toString("utf8"));
      return made === generation ? [at, since] : { status: 400, body: lostCode };
    } catch {
      return { status: 400, body: "INVALID_CURSOR" };
    }
  }
  function page(list: readonly object[], cursor: string, more: boolean, given: unknown): FakeAnswer {
    const looping = loops > 0 && typeof given === "string";
    if (looping) loops -= 1;
    const place = looping ? { cursor: given, more_to_follow: true } : { cursor, more_to_follow: more };
    const fetched_until = new Date(options.now()).toISOString();
    return { status: 200, body: { ...place, fetched_until, devices: list } };
  }
  function limitOf({ limit }: Record<string, unknown>): number {
    return Math.min(options.pageSize, typeof limit === "number" ? limit : 100);
  }

  return {
    devices,
    add(device) {
      devices.set(device.serial_number, device);
      note("added", device);
    },
    remove(serial) {
      const device = devices.get(serial);
      devices.delete(serial);
      if (device !== undefined) note("deleted", device);
    },
    repeat(serial, type, agoMs) {
      const device = operations.findLast((one) => one.device.serial_number === serial)?.device;
      if (device !== undefined) note(type, device, options.now() - agoMs);
    },
    expireCursors(code) {
      generation += 1;
      lostCode = code;
    },
    loop(times) {
      loops = times;
    },
    fetch(body) {
      const place = body.cursor === undefined ? ([0, operations.length] as const) : readCursor(body.cursor);
      if ("status" in place) return place;
      const [at, since] = place;
      const all = [...devices.values()];
      if (body.cursor !== undefined && at >= all.length) return { status: 400, body: "EXHAUSTED_CURSOR" };
      const end = at + limitOf(body);
      return page(all.slice(at, end), cursorOf(end, since), end < all.length, body.cursor);
    },
    sync(body) {
      if (body.cursor === undefined) return { status: 400, body: "CURSOR_REQUIRED" };
      const place = readCursor(body.cursor);
      if ("status" in place) return place;
      const [at, since] = place;
      const end = since + limitOf(body);
      const list = operations.slice(since, end).map(({ type, device, at: date }) => ({
        ...device,
        op_type: type,
        op_date: new Date(date).toISOString(),
      }));
      const next = Math.min(end, operations.length);
      return page(list, cursorOf(at, next), end < operations.length, body.cursor);
    },
  };
}
