import type { DevicesView, DeviceView } from "../../loop/views.ts";
import { grid } from "./grid.ts";
import type { Look, Paint } from "./look.ts";
import { platformName } from "./platform.ts";
import { counted } from "./text.ts";
import { ago } from "./time.ts";

const columns = [
  { title: "DEVICE", min: 12 },
  { title: "SERIAL", min: 6 },
  { title: "OS", min: 8 },
  { title: "MODEL", min: 6 },
  { title: "OWNER", min: 8 },
  { title: "CONDITION", min: 11 },
  { title: "SEEN" },
] as const;

/** At a narrow terminal what tells one device from another is whole, and its model is left out. */
const narrow = [
  { title: "DEVICE", min: 12 },
  { title: "SERIAL", min: 12 },
  { title: "OS", min: 8 },
  { title: "OWNER", min: 6 },
  { title: "CONDITION", min: 16 },
  { title: "SEEN" },
] as const;

const conditionPaints: Readonly<Record<string, Paint>> = {
  Ready: "green",
  Reconciling: "cyan",
  Stalled: "red",
  Held: "yellow",
  Unreachable: "dim",
  ReleasePending: "yellow",
  Deprovisioned: "dim",
};

/** One line per device, as `reeve devices` prints it; how the next page is asked for stands below. */
export function renderDevices(view: DevicesView, look: Look): string {
  if (view.devices.length === 0) return "No device matches.\n";
  const rows = view.devices.map((device) => [
    device.name || device.id,
    device.serial ?? "unknown",
    `${platformName(device.platform)} ${device.osVersion ?? "?"}`,
    device.model ?? "unknown",
    device.owner ?? "-",
    { text: standing(device), paint: conditionPaints[device.condition.type] ?? "dim" },
    ago(device.lastSeenAt || undefined, look.now),
  ]);
  const isNarrow = look.width < 100;
  const lines = isNarrow
    ? grid(
        narrow,
        rows.map((row) => row.filter((_, index) => columns[index]?.title !== "MODEL")),
        look,
      )
    : grid(columns, rows, look);
  const shown = view.devices.length;
  const next = view.next === undefined ? "" : `; more: --after ${view.next}, or --all`;
  const foot =
    shown >= view.total ? counted(shown, "device") : `${shown} of ${counted(view.total, "device")}${next}`;
  return `${[...lines, "", ...grid([{ min: 20 }], [[foot]], look)].join("\n")}\n`;
}

function pending({ releases, refusedAt }: NonNullable<DeviceView["lifecycle"]>): readonly string[] {
  return [
    ...releases.map(({ portal }) => `still in ${portal}`),
    ...(refusedAt === undefined ? [] : ["refused"]),
  ];
}

function standing(device: DeviceView): string {
  // What became of it says that it is not managed any more.
  const isSaid = device.enrollment === "enrolled" || device.lifecycle !== undefined;
  const parts = [isSaid ? undefined : device.enrollment];
  if (device.suspended !== undefined) parts.push("suspended");
  if (device.overdue !== undefined) parts.push("overdue");
  if (device.unanswered !== undefined) parts.push(`${device.unanswered.verb} not answered`);
  if (device.lifecycle !== undefined) parts.push(device.lifecycle.state, ...pending(device.lifecycle));
  if (device.enrollment !== "unenrolled") parts.unshift(device.condition.type);
  return parts.filter(Boolean).join(", ");
}
