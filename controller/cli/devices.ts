import type { DeviceDetailView, DevicesView, DeviceView } from "../loop/views.ts";
import type { Client } from "./client.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import { renderDevice } from "./render/device.ts";
import type { DevicePart } from "./render/device-parts.ts";
import { renderDevices } from "./render/devices.ts";
import type { Session } from "./session.ts";

/** Filters of the device list, by their name in the API. */
export type DeviceFilters = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** The devices that the filters admit: a page, or with `all` every page. */
export async function listDevices(session: Session, filters: DeviceFilters, all: boolean): Promise<ExitCode> {
  const client = await session.client();
  const view = all ? await everyPage(client, filters) : await client.get<DevicesView>("/v1/devices", filters);
  await session.show(view, renderDevices);
  return exitCodes.inOrder;
}

/** The largest page that the API gives. */
const mostOnAPage = 1_000;

async function everyPage(client: Client, filters: DeviceFilters): Promise<DevicesView> {
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
  const devices: DeviceView[] = [];
  let after: DeviceFilters[string] = filters.after;
  for (;;) {
    const page = await client.get<DevicesView>("/v1/devices", { limit: mostOnAPage, ...given, after });
    devices.push(...page.devices);
    if (page.next === undefined || page.next === after || page.devices.length === 0)
      return { devices, total: page.total };
    after = page.next;
  }
}

/** One device by name, serial or id: what it is, and what it reported of itself. */
export async function showDevice(
  session: Session,
  device: string,
  asked: { readonly part?: DevicePart | undefined; readonly all?: boolean | undefined },
): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<DeviceDetailView>(`/v1/devices/${encodeURIComponent(device)}`);
  await session.show(view, (one, look) => renderDevice(one, look, asked.part, asked.all));
  return exitCodes.inOrder;
}
