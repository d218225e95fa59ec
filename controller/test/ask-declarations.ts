import type { AppleDevice } from "../simulator/apple-device.ts";
import { writePlist } from "../simulator/plist.ts";
import type { Installation } from "./installation.ts";

interface Asked {
  readonly data?: Buffer;
  /** Who the message says it is from, beside the device that signs it. */
  readonly ids?: Readonly<Record<string, string>>;
}

/** Asks past the wire that is held against Apple's schema: what a hostile client says is in none. */
export async function asks(
  house: Installation,
  device: AppleDevice,
  Endpoint: string,
  { data, ids = {} }: Asked = {},
) {
  const message = { MessageType: "DeclarativeManagement", UDID: device.udid, Endpoint, ...ids };
  const body = writePlist(data === undefined ? message : { ...message, Data: data });
  const { url, headers } = device.prepareRaw({ channel: "check-in", body });
  const { app } = house.controller.devicePlane;
  return app.inject({ method: "PUT", url: new URL(url).pathname, headers: { ...headers }, payload: body });
}

/** Fetches an address of the device plane with the identity of a device; the status that comes of it. */
export async function fetches(house: Installation, device: AppleDevice, url: string): Promise<number> {
  const { headers } = device.prepareRaw({ channel: "check-in", body: Buffer.alloc(0) });
  const { app } = house.controller.devicePlane;
  return (await app.inject({ method: "GET", url, headers: { ...headers } })).statusCode;
}
