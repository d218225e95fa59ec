import type { DeviceDetailView } from "../../loop/views.ts";
import { type Entry, listOf, partsOf, recordOf, textOf } from "./device-facts.ts";
import { type DevicePart, deviceParts } from "./device-parts.ts";
import { deviceHeading } from "./explain.ts";
import { type GridRow, grid } from "./grid.ts";
import { type Look, paint } from "./look.ts";
import { stamp } from "./stamp.ts";
import { clean, clip, counted } from "./text.ts";
import { ago } from "./time.ts";

/** Everything known of one device, or one part of it. Long lists are cut unless `all`. */
export function renderDevice(view: DeviceDetailView, look: Look, part?: DevicePart, all = false): string {
  const limit = all ? Number.POSITIVE_INFINITY : 40;
  const blocks = {
    summary: () => summary(view, look),
    apps: () => apps(view, look, limit),
    profiles: () => profiles(view, look, limit),
    certificates: () => certificates(view, look, limit),
    restrictions: () => restrictions(view, look, limit),
  };
  const wanted = part === undefined ? deviceParts : [part];
  const lines = [deviceHeading(view, look), ...wanted.map((one) => blocks[one]())];
  return `${lines.map((block) => block.join("\n")).join("\n\n")}\n`;
}

function sectionOf(view: DeviceDetailView, name: string) {
  return view.sections.find((one) => one.section === name);
}

function title(view: DeviceDetailView, look: Look, words: string, section: string): string {
  const at = sectionOf(view, section)?.collectedAt;
  const when = at === undefined ? "never reported" : `reported ${ago(at, look.now)}`;
  return `${paint(look, "bold", words)}  ${paint(look, "dim", `(${when})`)}`;
}

function summary(view: DeviceDetailView, look: Look): readonly string[] {
  const known: readonly (readonly [string, string | undefined])[] = [
    ["Device id", view.id],
    ["Serial number", view.serial ?? "unknown"],
    ["UDID", view.udid ?? "unknown"],
    ["Owner", view.owner ?? "none"],
    ["Ownership", view.ownership ?? "unknown"],
    [
      "Tags",
      Object.entries(view.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(", ") || "none",
    ],
    ["Groups", view.groups.join(", ") || "none"],
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

function factRows(facts: readonly (readonly [string, string | undefined])[], look: Look): readonly string[] {
  const rows = facts
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([label, value]): GridRow => [{ text: label, paint: "dim" }, value ?? ""]);
  return grid([{ min: 18, least: 18 }, { min: 20 }], rows, look, 2);
}

function cut(rows: readonly GridRow[], limit: number): readonly GridRow[] {
  if (rows.length <= limit) return rows;
  return [...rows.slice(0, limit), { indent: 2, note: `and ${rows.length - limit} more (--all shows each)` }];
}

function apps(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const managed = recordOf(sectionOf(view, "managedApps")?.detail) ?? {};
  const installed = listOf(sectionOf(view, "applications")?.detail);
  const listed = new Set(installed.map((app) => textOf(app.Identifier)));
  const rest = Object.keys(managed).filter((id) => !listed.has(id));
  const rows = [...installed, ...rest.map((id): Entry => ({ Identifier: id }))].map((app): GridRow => {
    const id = textOf(app.Identifier);
    const status = textOf(recordOf(managed[id])?.Status);
    return [
      textOf(app.Name) || "-",
      textOf(app.ShortVersion ?? app.Version),
      id,
      status || "not ours",
      permissions(app),
    ];
  });
  const columns = [
    { title: "NAME", min: 12 },
    { title: "VERSION", min: 8 },
    { title: "PACKAGE", min: 16 },
    { title: "MANAGED", min: 8 },
    { title: rows.some((row) => !("note" in row) && row[4] !== "") ? "PERMISSIONS" : "", min: 0 },
  ];
  const section = installed.length === 0 && rest.length > 0 ? "managedApps" : "applications";
  const heading = title(view, look, counted(rows.length, "app"), section);
  const shown = rows.length === 0 ? [heading] : [heading, ...grid(columns, cut(rows, limit), look, 2)];
  return [...shown, ...feedback(view, look, limit)];
}

/** What managed apps wrote for management, an app a line. */
function feedback(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const told = listOf(sectionOf(view, "appFeedback")?.detail);
  if (told.length === 0) return [];
  const rows = told.map(
    ({ Identifier, Feedback, tooLong }): GridRow => [
      textOf(Identifier),
      tooLong === undefined
        ? clip(clean(JSON.stringify(Feedback)), 300)
        : `too long: ${textOf(tooLong)} characters`,
    ],
  );
  const columns = [
    { title: "APP", min: 16 },
    { title: "FEEDBACK", min: 20 },
  ];
  const heading = title(view, look, `Feedback of ${counted(told.length, "app")}`, "appFeedback");
  return ["", heading, ...grid(columns, cut(rows, limit), look, 2)];
}

function permissions(app: Entry): string {
  return Array.isArray(app.permissions) ? app.permissions.map(textOf).join(", ") : "";
}

/** Each profile with its payloads below it. */
function profiles(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const list = listOf(sectionOf(view, "profiles")?.detail);
  const rows = list
    .slice(0, limit)
    .flatMap((profile): readonly GridRow[] => [
      [
        { text: textOf(profile.PayloadDisplayName) || "-", paint: "bold" },
        textOf(profile.PayloadIdentifier),
        profile.IsManaged === false ? "not ours" : "managed",
      ],
      ...listOf(profile.PayloadContent).map(
        (part): GridRow => [`· ${textOf(part.PayloadDisplayName) || "-"}`, textOf(part.PayloadType), ""],
      ),
    ]);
  if (list.length > limit)
    rows.push({ indent: 2, note: `and ${list.length - limit} more (--all shows each)` });
  const columns = [
    { title: "PROFILE / PART", min: 14 },
    { title: "IDENTIFIER / TYPE", min: 20 },
    { title: "OURS" },
  ];
  const heading = title(view, look, counted(list.length, "profile"), "profiles");
  return list.length === 0 ? [heading] : [heading, ...grid(columns, rows, look, 2)];
}

function certificates(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const list = listOf(sectionOf(view, "certificates")?.detail);
  const rows = list.map(
    (one): GridRow => [
      textOf(one.commonName) || "-",
      one.isIdentity === true ? "identity" : "",
      textOf(one.notAfter).slice(0, 10),
      textOf(one.issuer),
    ],
  );
  const columns = [
    { title: "CERTIFICATE", min: 12 },
    { title: "KIND" },
    { title: "UNTIL" },
    { title: "ISSUER", min: 12 },
  ];
  const heading = title(view, look, counted(list.length, "certificate"), "certificates");
  return list.length === 0 ? [heading] : [heading, ...grid(columns, cut(rows, limit), look, 2)];
}

function restrictions(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const global = recordOf(recordOf(sectionOf(view, "restrictions")?.detail)?.GlobalRestrictions) ?? {};
  const rows = Object.values(global).flatMap((group) =>
    Object.entries(recordOf(group) ?? {}).map(
      ([key, value]): GridRow => [key, clip(clean(restrictionText(value)), 60)],
    ),
  );
  const heading = title(view, look, counted(rows.length, "restriction"), "restrictions");
  return rows.length === 0
    ? [heading]
    : [heading, ...grid([{ min: 20 }, { min: 10 }], cut(rows, limit), look, 2)];
}

function restrictionText(value: unknown): string {
  const record = recordOf(value);
  return textOf(record === undefined ? value : (record.value ?? record.values ?? record));
}
