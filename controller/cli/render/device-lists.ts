import type { DeviceDetailView } from "../../loop/views.ts";
import { cut, sectionOf, title } from "./device-blocks.ts";
import { type Entry, listOf, recordOf, textOf } from "./device-facts.ts";
import { type GridRow, grid } from "./grid.ts";
import type { Look } from "./look.ts";
import { clean, clip, counted } from "./text.ts";

/** Installed apps, and what managed ones wrote for management. */
export function apps(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
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
export function profiles(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
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

/** Installed certificates. */
export function certificates(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
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

/** Restrictions in force. */
export function restrictions(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
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
