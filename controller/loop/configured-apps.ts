import {
  isSettingsSection,
  type SettingsSection,
  shownSettings,
  showsAsGiven,
} from "../apple/command-app-settings.ts";
import type { Substitute } from "../apple/payload-value.ts";
import type { ReportMessage } from "../apple/report-message.ts";
import { settingErrors } from "../apple/setting-errors.ts";
import type { PlistDict } from "../apple/wire/plist.ts";
import type { Json } from "../core/canonical.ts";
import type { Content, GrantedItem, Section } from "../core/granted.ts";
import type { ChannelRow } from "../core/ports.ts";
import type { Report } from "../core/report.ts";
import { Stalled } from "../errors.ts";

/**
 * A report with what only the content that was sent can tell: whether apps show what they were given, and that a change
 * of settings, which is acknowledged as a whole, was refused in part.
 */
export async function withSettings(
  given: GivenSettings,
  row: Pick<ChannelRow, "granted" | "state">,
  { commandId, body }: Pick<ReportMessage, "commandId" | "body">,
  report: Report,
): Promise<Report> {
  if (report.type === "result" && report.outcome.status === "failed") return withheld(report, given);
  if (report.type !== "result" || report.outcome.status !== "acknowledged") return report;
  const { intent } = [row.state.outstanding, ...row.state.aside].find((one) => one?.id === commandId) ?? {};
  if (intent?.type === "install" && intent.inPlace === true) {
    const errors = settingErrors(body).map((error) => ({ ...error, text: given.withhold(error.text) }));
    return errors.length === 0 ? report : { ...report, outcome: { status: "failed", errors } };
  }
  const { observation } = report.outcome;
  if (intent?.type !== "query" || observation === undefined) return report;
  if (observation.section === "appFeedback") {
    const detail = withheldIn(observation.detail ?? null, given);
    return { ...report, outcome: { ...report.outcome, observation: { ...observation, detail } } };
  }
  const configured = await configuredApps(given, row, intent.section, body);
  if (configured === undefined) return report;
  return { ...report, outcome: { ...report.outcome, observation: { ...observation, configured } } };
}

/** What was refused within an acknowledged act is told by the device as well. */
function withheld(report: Result, { withhold }: GivenSettings): Report {
  const { outcome } = report;
  if (outcome.status !== "failed") return report;
  const errors = outcome.errors.map((error) => ({ ...error, text: withhold(error.text) }));
  return { ...report, outcome: { ...outcome, errors } };
}

/** What an app writes for management may repeat the settings that it was given. */
function withheldIn(detail: Json, given: Pick<GivenSettings, "withhold">): Json {
  if (typeof detail === "string") return given.withhold(detail);
  if (detail === null || typeof detail !== "object") return detail;
  if (Array.isArray(detail)) return detail.map((one) => withheldIn(one, given));
  return Object.fromEntries(
    Object.entries(detail).map(([key, inner]) => [given.withhold(key), withheldIn(inner, given)]),
  );
}

type Result = Extract<Report, { readonly type: "result" }>;

/** What comparing needs: what was given, and what is put into it for this device and item. */
export interface GivenSettings {
  readonly contentOf: (digest: string) => Promise<Content | undefined>;
  readonly substituteFor: (item: string) => Substitute;
  /** What a device says went wrong may repeat a secret that it was given. */
  readonly withhold: (text: string) => string;
}

/** The apps of a device that were given what a section shows; any of them may have written feedback. */
export function appsShownBy(row: Pick<ChannelRow, "granted">, section: Section): readonly GrantedItem[] {
  const items = row.granted?.body.items ?? [];
  if (section === "appFeedback") return items.filter((item) => item.kind === "App");
  return items.filter((item) => item.shownBy?.includes(section) === true);
}

/**
 * Which apps show what they were given, by bundle id; undefined when the answer does not say. It is compared here, where
 * secrets and variables can be put in: what a device answers goes no further.
 */
async function configuredApps(
  given: GivenSettings,
  row: Pick<ChannelRow, "granted">,
  section: Section,
  body: PlistDict,
): Promise<Readonly<Record<string, boolean>> | undefined> {
  if (!isSettingsSection(section)) return undefined;
  const shown = shownSettings(section, body);
  if (shown === undefined) return undefined;
  const told: Record<string, boolean> = {};
  for (const item of appsShownBy(row, section))
    told[item.id] = await isAsGiven(given, item, section, shown.get(item.id));
  return told;
}

async function isAsGiven(
  { contentOf, substituteFor }: GivenSettings,
  item: GrantedItem,
  section: SettingsSection,
  shown: PlistDict | undefined,
): Promise<boolean> {
  const content = await contentOf(item.digest);
  if (content?.kind !== "App") return false;
  try {
    return showsAsGiven(section, shown, content, substituteFor(item.key));
  } catch (error) {
    if (error instanceof Stalled) return false;
    throw error;
  }
}
