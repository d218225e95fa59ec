import type { PortalActivityView, PortalDevicesView } from "../loop/portal/portal-views.ts";
import { type ExitCode, exitCodes } from "./exit-code.ts";
import type { Look } from "./render/look.ts";
import { table } from "./render/table.ts";
import { clean, counted } from "./render/text.ts";
import { ago } from "./render/time.ts";
import type { Session } from "./session.ts";

/** The organization's devices in the portal, those of one server, or those of none. */
export async function portalDevices(
  session: Session,
  which: {
    readonly at?: string | undefined;
    readonly unassigned?: true | undefined;
    readonly fresh?: true | undefined;
  },
): Promise<ExitCode> {
  const client = await session.client();
  const view = await client.get<PortalDevicesView>(
    "/v1/apple/devices",
    which.fresh === true ? { fresh: "true" } : {},
  );
  const devices = view.devices.filter(
    ({ server }) =>
      (which.at === undefined || server === which.at) && (which.unassigned !== true || server === undefined),
  );
  await session.show({ ...view, devices }, renderDevices);
  return exitCodes.inOrder;
}

function renderDevices({ devices, readAt }: PortalDevicesView, look: Look): string {
  const age = `As Apple said ${ago(readAt, look.now)}; anew with --fresh.\n`;
  if (devices.length === 0) return `No device. ${age}`;
  const titles = ["SERIAL", "FAMILY", "MODEL", "SERVER"];
  const rows = devices.map(({ serial, family, model, server }) =>
    [serial, family, model, server].map((cell) => (cell === undefined ? undefined : clean(cell))),
  );
  const shown = table(
    titles.map((title) => ({ title })),
    rows,
    look,
  );
  return `${shown}\n${age}`;
}

const pollMs = 2_000;
const longestMs = 10 * 60_000;

/** Begins it and waits until Apple has done it. Exit code 1 when it did not end well. */
export async function assignDevices(
  session: Session,
  type: "assign" | "unassign",
  asked: { readonly serials: readonly string[]; readonly server: string; readonly count?: number },
): Promise<ExitCode> {
  const client = await session.client();
  let view = await client.post<PortalActivityView>(`/v1/apple/devices/${type}`, asked);
  const began = session.io.now();
  while (view.finishedAt === undefined && session.io.now() - began < longestMs) {
    if (!(await session.io.wait(pollMs))) break;
    view = await client.get<PortalActivityView>(`/v1/apple/activities/${encodeURIComponent(view.id)}`);
  }
  await session.show(view, renderActivity);
  return view.status === "COMPLETED" ? exitCodes.inOrder : exitCodes.problems;
}

function renderActivity({
  type,
  devices,
  server,
  status,
  subStatus,
  finishedAt,
}: PortalActivityView): string {
  const what = `${counted(devices, "device")} ${type === "assign" ? "to" : "from"} ${clean(server)}`;
  const how = subStatus === undefined ? clean(status) : `${clean(status)}, ${clean(subStatus)}`;
  const later = finishedAt === undefined ? "; it goes on at Apple: reeve events --type portal-devices" : "";
  return `${type} ${what}: ${how}${later}\n`;
}
