import type { Json } from "../core/canonical.ts";
import { cleanText } from "../core/clean-text.ts";
import type { Section } from "../core/granted.ts";
import type { AppState } from "../core/observed.ts";
import type { Kept, Observation } from "../core/report.ts";
import { feedbackDetail } from "./app-feedback.ts";
import { type SettingsSection, shownSettings } from "./command-app-settings.ts";
import { booksIn } from "./command-books.ts";
import { toDetail } from "./detail.ts";
import { recoveryKeyIn } from "./file-vault.ts";
import type { Registrar } from "./identity.ts";
import { certificateDetail } from "./observe-certificates.ts";
import { factsOf } from "./reported-facts.ts";
import { bytesAt, dictAt, isDict, listAt, type PlistDict, textAt } from "./wire/plist.ts";

/**
 * What an acknowledged query says about one section of its device. Undefined when the answer does not contain
 * that section: then it stays unknown, whatever the status was. Keys that are not known here stay in `detail`.
 */
export function observe(section: Section, body: PlistDict): Observation | undefined {
  switch (section) {
    case "device":
      return observeDevice(dictAt(body, "QueryResponses"));
    case "security":
      return plain(section, withoutKeys(dictAt(body, "SecurityInfo")));
    case "restrictions":
      return observeRestrictions(body);
    case "applications":
      return observeApplications(listAt(body, "InstalledApplicationList"));
    case "profiles":
      return observeProfiles(listAt(body, "ProfileList"));
    case "certificates":
      return observeCertificates(listAt(body, "CertificateList"));
    case "managedApps":
      return observeManagedApps(dictAt(body, "ManagedApplicationList"));
    case "appFeedback":
      return observeFeedback(listAt(body, "ManagedApplicationFeedback"));
    case "managedBooks":
      return observeBooks(listAt(body, "Books"));
    case "users":
      return observeUsers(listAt(body, "Users"));
    case "activationLock":
      return textAt(body, "ActivationLockBypassCode") === undefined
        ? undefined
        : { section, detail: { bypassCode: true } };
    case "appConfiguration":
    case "appAttributes":
      return observeSettings(section, body);
    case "powerEvents":
      return undefined;
  }
}

/** What must be kept of an acknowledged query: it goes sealed, and not among what is shown. */
export function keptIn(section: Section, body: PlistDict, recipients: readonly Registrar[]): readonly Kept[] {
  if (section === "activationLock") {
    const code = textAt(body, "ActivationLockBypassCode");
    return code === undefined || code === "" ? [] : [{ kind: "bypass-code", value: cleanText(code, 128) }];
  }
  const security = section === "security" ? dictAt(body, "SecurityInfo") : undefined;
  const envelope = security === undefined ? undefined : bytesAt(security, recoveryKey);
  return envelope === undefined || envelope.length === 0 || envelope.length > 16_384
    ? []
    : [recoveryKeyIn(envelope, recipients)];
}

const recoveryKey = "FDE_PersonalRecoveryKeyCMS";

function withoutKeys(security: PlistDict | undefined): PlistDict | undefined {
  if (security?.[recoveryKey] === undefined) return security;
  const { [recoveryKey]: _kept, ...rest } = security;
  return rest;
}

function observeUsers(list: List): Observation | undefined {
  const users = entries(list);
  return users === undefined ? undefined : { section: "users", detail: users.map(toDetail) };
}

function observeDevice(answers: PlistDict | undefined): Observation | undefined {
  if (answers === undefined) return undefined;
  const { AwaitingConfiguration: awaiting } = answers;
  const told = typeof awaiting === "boolean" ? { awaiting } : {};
  return { section: "device", facts: factsOf(answers), ...told, detail: toDetail(answers) };
}

function observeRestrictions(body: PlistDict): Observation | undefined {
  const global = dictAt(body, "GlobalRestrictions");
  const byProfile = dictAt(body, "ProfileRestrictions");
  if (global === undefined && byProfile === undefined) return undefined;
  return plain("restrictions", {
    ...(global === undefined ? {} : { GlobalRestrictions: global }),
    ...(byProfile === undefined ? {} : { ProfileRestrictions: byProfile }),
  });
}

function observeApplications(list: List): Observation | undefined {
  const apps = entries(list);
  if (apps === undefined) return undefined;
  const installed = apps.map((app) => cleanText(textAt(app, "Identifier") ?? "", 256));
  const offered = installed.filter((_, index) => apps[index]?.HasUpdateAvailable === true);
  return { section: "applications", installed, offered, detail: apps.map(toDetail) };
}

/**
 * `IsManaged` is absent on Macs and on supervised devices, where MDM may replace any profile; only an explicit
 * `false` says that a profile is not ours (Apple: ProfileList). All of them are in `detail`.
 */
function observeProfiles(list: List): Observation | undefined {
  const profiles = entries(list);
  if (profiles === undefined) return undefined;
  const managed: [string, string][] = [];
  for (const profile of profiles) {
    const identifier = textAt(profile, "PayloadIdentifier");
    const uuid = textAt(profile, "PayloadUUID");
    // A profile that cannot be named makes the list incomplete, and an incomplete list proves no absence.
    if (identifier === undefined || uuid === undefined) return undefined;
    if (profile.IsManaged !== false) managed.push([cleanText(identifier), cleanText(uuid, 256)]);
  }
  return { section: "profiles", profiles: Object.fromEntries(managed), detail: profiles.map(toDetail) };
}

function observeCertificates(list: List): Observation | undefined {
  const certificates = entries(list);
  return certificates === undefined
    ? undefined
    : { section: "certificates", detail: certificates.map(certificateDetail) };
}

function observeManagedApps(answers: PlistDict | undefined): Observation | undefined {
  if (answers === undefined) return undefined;
  const apps = Object.entries(answers).map(([bundleId, app]): [string, AppState] => {
    const status = isDict(app) ? textAt(app, "Status") : undefined;
    return [cleanText(bundleId, 256), { status: cleanText(status ?? "Unknown", 64) }];
  });
  return { section: "managedApps", apps: Object.fromEntries(apps), detail: toDetail(answers) };
}

function observeBooks(list: List): Observation | undefined {
  const found = entries(list);
  const books = found === undefined ? undefined : booksIn(found);
  return books === undefined
    ? undefined
    : { section: "managedBooks", books, detail: (found ?? []).map(toDetail) };
}

/** What apps are configured with may be secret: only the names of its keys are kept. */
function observeSettings(section: SettingsSection, body: PlistDict): Observation | undefined {
  const shown = shownSettings(section, body);
  if (shown === undefined) return undefined;
  const detail = [...shown].map(([Identifier, value]) => ({ Identifier, keys: Object.keys(value) }));
  return { section, detail: toDetail(detail) };
}

function observeFeedback(list: List): Observation | undefined {
  const told = entries(list);
  return told === undefined ? undefined : { section: "appFeedback", detail: feedbackDetail(told) };
}

type List = ReturnType<typeof listAt>;

/** The dictionaries of a list; undefined when it is missing or holds something else. */
function entries(list: List): readonly PlistDict[] | undefined {
  return list?.every(isDict) ? list.filter(isDict) : undefined;
}

function plain(section: Section, answers: PlistDict | undefined): Observation | undefined {
  if (answers === undefined) return undefined;
  const detail: Json = toDetail(answers);
  return { section, detail };
}
