import type { DeviceDetailView } from "../../loop/views.ts";
import { androidApps, androidLines, androidProfiles, powerEvents } from "./device-android.ts";
import { factRows, sectionOf, title } from "./device-blocks.ts";
import { partsOf, recordOf, textOf } from "./device-facts.ts";
import { apps, certificates, profiles, restrictions } from "./device-lists.ts";
import { androidDeviceParts, appleDeviceParts, type DevicePart } from "./device-parts.ts";
import { deviceHeading } from "./explain.ts";
import { type Look, paint } from "./look.ts";
import { deviceRolloutText } from "./rollouts.ts";
import { stamp } from "./stamp.ts";
import { clean } from "./text.ts";
import { ago } from "./time.ts";

/** Everything known of one device, or one part of it. Long lists are cut unless `all`. */
export function renderDevice(view: DeviceDetailView, look: Look, part?: DevicePart, all = false): string {
  const limit = all ? Number.POSITIVE_INFINITY : 40;
  const isAndroid = view.management !== undefined;
  const blocks: Readonly<Record<DevicePart, () => readonly string[]>> = {
    summary: () => summary(view, look),
    apps: () => (isAndroid ? androidApps : apps)(view, look, limit),
    profiles: () => (isAndroid ? androidProfiles : profiles)(view, look, limit),
    certificates: () => certificates(view, look, limit),
    restrictions: () => restrictions(view, look, limit),
    power: () => powerEvents(view, look, limit),
  };
  const wanted = part === undefined ? (isAndroid ? androidDeviceParts : appleDeviceParts) : [part];
  const lines = [deviceHeading(view, look), ...wanted.map((one) => blocks[one]())];
  return `${lines.map((block) => block.join("\n")).join("\n\n")}\n`;
}

function summary(view: DeviceDetailView, look: Look): readonly string[] {
  const known: readonly (readonly [string, string | undefined])[] = [
    ["Device id", view.id],
    ["Serial number", view.serial ?? "unknown"],
    ["UDID", view.management === undefined ? (view.udid ?? "unknown") : undefined],
    ["Owner", view.owner ?? "none"],
    ["Ownership", view.ownership ?? "unknown"],
    [
      "Tags",
      Object.entries(view.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(", ") || "none",
    ],
    ["Groups", view.groups.join(", ") || "none"],
    ["Rollouts", view.rollouts?.map(deviceRolloutText).join("; ")],
    [
      "Users",
      view.users.map((one) => `${one.name} (${ago(one.lastSeenAt, look.now)})`).join(", ") || undefined,
    ],
    [
      "Last contact",
      view.lastSeenAt > 0
        ? `${stamp(view.lastSeenAt)} (${ago(view.lastSeenAt || undefined, look.now)})`
        : "never",
    ],
  ];
  const lines = [...factRows(known, look), ...placeLines(view, look), ...assetLines(view, look)];
  if (view.management !== undefined) return [...lines, ...androidLines(view, view.management, look)];
  if (sectionOf(view, "device") === undefined) lines.push("", title(view, look, "Device", "device"));
  for (const { name, facts } of partsOf(sectionOf(view, "device")?.detail)) {
    lines.push("", title(view, look, name, "device"), ...factRows(facts, look));
  }
  const security = Object.entries(recordOf(sectionOf(view, "security")?.detail) ?? {});
  if (security.length > 0) {
    const facts = security.map(([key, value]) => [key, textOf(value)] as const);
    lines.push("", title(view, look, "Security", "security"), ...factRows(facts, look));
  }
  const told = Object.entries(recordOf(sectionOf(view, "declarations")?.detail) ?? {});
  if (told.length > 0) {
    const facts = told.slice(0, 60).map(([key, value]) => [key, textOf(value)] as const);
    lines.push("", title(view, look, "Told by itself", "declarations"), ...factRows(facts, look));
  }
  return lines;
}

/** Where a lost device was, with a map. */
function placeLines({ location }: DeviceDetailView, look: Look): readonly string[] {
  if (location === undefined) return [];
  const { latitude, longitude, withinMeters, at, reportedAt, map } = location;
  const within = withinMeters === undefined ? "" : ` within ${withinMeters} m`;
  const facts: readonly (readonly [string, string])[] = [
    ["Place", `${latitude.toFixed(5)}, ${longitude.toFixed(5)}${within}`],
    ["Seen there", at === undefined ? ago(reportedAt, look.now) : clean(at)],
    ["Map", map],
  ];
  return ["", paint(look, "bold", "Lost"), ...factRows(facts, look)];
}

const assetWords: Readonly<Record<string, string>> = {
  billNumber: "Bill number",
  billDate: "Bill date",
  warrantyStart: "Warranty from",
  warrantyEnd: "Warranty until",
  inventoryUrl: "Inventory",
  description: "Description",
  provider: "Provider",
  tariff: "Tariff",
  customerNumber: "Customer number",
  contractNumber: "Contract number",
  concludedOn: "Concluded on",
  termMonths: "Term in months",
  handoverOn: "Handed over on",
};

/** The asset record, as the manifest of the device has it. */
function assetLines({ asset }: DeviceDetailView, look: Look): readonly string[] {
  if (asset === undefined) return [];
  const facts = Object.entries(assetWords).flatMap(([key, word]) =>
    asset[key] === undefined ? [] : [[word, String(asset[key])] as const],
  );
  return ["", paint(look, "bold", "Asset"), ...factRows(facts, look)];
}
