import type { ManagementView, NotKeptView } from "../../loop/management-views.ts";
import type { DeviceDetailView } from "../../loop/views.ts";
import { androidParts, androidSecurity, word } from "./android-facts.ts";
import { cut, factRows, sectionOf, title } from "./device-blocks.ts";
import { type Entry, listOf, textOf } from "./device-facts.ts";
import { type GridRow, grid } from "./grid.ts";
import { type Look, paint } from "./look.ts";
import { clean, clip, counted } from "./text.ts";
import { ago } from "./time.ts";

/** What is known of an Android device beside what every device has: its management, itself, its security. */
export function androidLines(
  view: DeviceDetailView,
  management: ManagementView,
  look: Look,
): readonly string[] {
  const lines = managementLines(management, look);
  const device = sectionOf(view, "device");
  if (device === undefined) lines.push("", title(view, look, "Device", "device"));
  for (const { name, facts } of androidParts(device?.detail, look.now))
    lines.push("", title(view, look, name, "device"), ...factRows(facts, look));
  const security = androidSecurity(sectionOf(view, "security")?.detail);
  lines.push("", title(view, look, "Security", "security"), ...factRows(security, look));
  return lines;
}

function managementLines(management: ManagementView, look: Look): string[] {
  const { state, appliedState, policy, applied, appliedAt, refusal, isCompliant, posture } = management;
  const when = (at: number | undefined): string | undefined =>
    at === undefined ? undefined : ago(at, look.now);
  const isLost = [state, appliedState].includes("LOST");
  const facts: readonly (readonly [string, string | undefined])[] = [
    [
      "State",
      word(state) === word(appliedState) || appliedState === undefined
        ? word(state)
        : `${word(appliedState)}, to be ${word(state)}`,
    ],
    ["Lost mode", isLost ? "yes" : "no"],
    ["Policy", policy ?? "none of ours"],
    ["Not written", refusal],
    [
      "Applied",
      applied === undefined
        ? "nothing yet"
        : `${applied}${appliedAt === undefined ? "" : `, ${ago(appliedAt, look.now)}`}`,
    ],
    ["Complies", isCompliant === undefined ? "unknown" : isCompliant ? "yes" : "no"],
    ["Posture", posture === undefined ? "unknown" : word(posture.state)],
    ...(posture?.details ?? []).map((one) => ["Advice", one] as const),
    ["Enrolled", when(management.enrolledAt)],
    ["Last report", when(management.reportedAt) ?? "never"],
    ["Policy fetched", when(management.syncedAt)],
  ];
  const read = `(read ${ago(management.readAt, look.now)})`;
  return [
    "",
    `${paint(look, "bold", "Management")}  ${paint(look, "dim", read)}`,
    ...factRows(facts, look),
    ...notKeptLines(management.notKept, look),
  ];
}

function notKeptLines(notKept: readonly NotKeptView[], look: Look): readonly string[] {
  if (notKept.length === 0) return [];
  const rows = notKept.flatMap(({ item, setting, place, reason, verdict }): readonly GridRow[] => [
    [
      item ?? "-",
      setting ?? "-",
      place ?? "-",
      { text: verdict, paint: verdict === "pending" ? "yellow" : "red" },
    ],
    { indent: 4, note: reason },
  ]);
  const columns = [
    { title: "NOT COMPLIED WITH", min: 12 },
    { title: "SETTING", min: 12 },
    { title: "ASKED AT", min: 10 },
    { title: "" },
  ];
  return ["", ...grid(columns, rows, look, 2)];
}

/** Apps as the device reports them, with the item that each is given by and the permissions that are decided for it. */
export function androidApps(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const reported = listOf(sectionOf(view, "applications")?.detail);
  const items = (view.management?.items ?? []).filter(({ key }) => key.startsWith("App/"));
  const byPackage = new Map(items.map((item) => [item.id.replace(/^blocked:/, ""), item]));
  const listed = new Set(reported.map((app) => textOf(app.packageName)));
  const silent = [...byPackage.keys()].filter((id) => !listed.has(id));
  const rows = [
    ...reported,
    ...silent.map((packageName): Entry => ({ packageName, state: "not reported" })),
  ].map((app): GridRow => {
    const id = textOf(app.packageName);
    const item = byPackage.get(id);
    return [
      textOf(app.displayName) || "-",
      textOf(app.versionName) || textOf(app.versionCode) || "-",
      id,
      item?.key ?? "not ours",
      word(app.state),
      item === undefined ? "" : grants(item),
    ];
  });
  const columns = [
    { title: "NAME", min: 8 },
    { title: "VERSION", min: 8 },
    { title: "PACKAGE", min: 16 },
    { title: "OURS", min: 8 },
    { title: "STATE", min: 8 },
    { title: rows.some((row) => !("note" in row) && row[5] !== "") ? "PERMISSIONS" : "", min: 0 },
  ];
  const heading = title(view, look, counted(rows.length, "app"), "applications");
  return rows.length === 0 ? [heading] : [heading, ...grid(columns, cut(rows, limit), look, 2)];
}

type PolicyItem = ManagementView["items"][number];

/** `CAMERA grant`: what its policy decides for its permissions. */
function grants({ parts }: PolicyItem): string {
  const granted = parts.filter(({ setting }) => setting.includes(".permissionGrants["));
  return granted
    .flatMap(({ value }) => listOf([value]))
    .map((one) => `${textOf(one.permission).replace("android.permission.", "")} ${word(one.policy)}`)
    .join(", ");
}

/** What its applied policy says, by the profiles that ask for it. */
export function androidProfiles(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const { items = [], applied } = view.management ?? {};
  const list = items.filter(({ key }) => !key.startsWith("App/"));
  const when = applied === undefined ? "no policy applied" : `applied by ${applied}`;
  const heading = `${paint(look, "bold", counted(list.length, "profile"))}  ${paint(look, "dim", `(${when})`)}`;
  const rows = list.slice(0, limit).flatMap(({ key, parts }): readonly GridRow[] => [
    [{ text: key, paint: "bold" }, ""],
    ...cut(
      parts.map((part): GridRow => [`· ${part.setting}`, clip(clean(textOf(part.value)), 60)]),
      limit,
    ),
  ]);
  if (list.length > limit)
    rows.push({ indent: 2, note: `and ${list.length - limit} more (--all shows each)` });
  const columns = [
    { title: "PROFILE / SETTING", min: 20 },
    { title: "VALUE", min: 10 },
  ];
  return list.length === 0 ? [heading] : [heading, ...grid(columns, rows, look, 2)];
}

/** Boots, shutdowns and battery events, the last one first. */
export function powerEvents(view: DeviceDetailView, look: Look, limit: number): readonly string[] {
  const list = listOf(sectionOf(view, "powerEvents")?.detail);
  const rows = list.map((one): GridRow => {
    const level = typeof one.batteryLevel === "number" ? `${Math.round(one.batteryLevel)} %` : "";
    return [textOf(one.createTime).replace(/\.\d+Z$/, "Z"), word(one.eventType), level];
  });
  const columns = [{ title: "AT", min: 20 }, { title: "EVENT", min: 12 }, { title: "BATTERY" }];
  const heading = title(view, look, counted(list.length, "power event"), "powerEvents");
  return list.length === 0 ? [heading] : [heading, ...grid(columns, cut(rows, limit), look, 2)];
}
