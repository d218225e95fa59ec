import type { Installer } from "./apps.ts";
import type { CatalogueApp } from "./catalogue.ts";
import { type Answer, acknowledged, type Machine, refused } from "./machine.ts";
import { isDict, type PlistDict, type PlistValue } from "./plist.ts";
import { type AppStatus, type InstalledApp, type ManagedApp, TRANSIENT } from "./state.ts";

const BUSY: ReadonlySet<AppStatus> = new Set<AppStatus>([
  "Queued",
  "Prompting",
  "PromptingForLogin",
  "PromptingForManagement",
  "PromptingForUpdate",
  "Installing",
  "Updating",
]);

/** InstallApplication: acknowledged when it is taken on; the app arrives later, or never. */
export function installApplication(machine: Machine, installer: Installer, command: PlistDict): Answer {
  if (typeof command.ManifestURL === "string" && !command.ManifestURL.startsWith("https:"))
    return rejected("Other", 12024, "the address of the manifest is not https");
  const sources = ["iTunesStoreID", "Identifier", "ManifestURL"].filter((key) => command[key] !== undefined);
  if (sources.length !== 1) return rejected("Other", 12024, "exactly one source of the app is needed");
  const app = lookUp(machine, command);
  if (app === undefined) return rejected("CouldNotVerifyAppID", 12023, "the app is not known to the store");
  if (isUnlicensed(machine, app, command)) return rejected("Other", 9610, "License not found", app.bundleId);
  const problem = obstacle(machine, app, command);
  if (problem !== undefined) return problem;
  if (isUnmanagedMac(machine, command)) {
    installer.place(app);
    return acknowledged({ Identifier: app.bundleId }, `accepted app ${app.bundleId}`);
  }
  const attributes = isDict(command.Attributes) ? command.Attributes : {};
  const status = installer.begin(app, {
    flags: typeof command.ManagementFlags === "number" ? command.ManagementFlags : 0,
    configuration: isDict(command.Configuration) ? command.Configuration : undefined,
    removable: attributes.Removable !== false,
    attributes,
  });
  return acknowledged({ Identifier: app.bundleId, State: status }, `accepted app ${app.bundleId}`);
}

function lookUp(machine: Machine, command: PlistDict): CatalogueApp | undefined {
  const { iTunesStoreID, Identifier, ManifestURL } = command;
  if (typeof iTunesStoreID === "number") return machine.catalogue.byStoreId(iTunesStoreID);
  if (typeof Identifier === "string") return machine.catalogue.byBundleId(Identifier);
  return URL.canParse(String(ManifestURL)) ? machine.catalogue.byManifest(String(ManifestURL)) : undefined;
}

function obstacle(machine: Machine, app: CatalogueApp, command: PlistDict): Answer | undefined {
  const managed = machine.state.managed.get(app.bundleId);
  if (managed !== undefined && BUSY.has(managed.status))
    return rejected("AppAlreadyQueued", 12024, "the app is queued already", app.bundleId);
  const isTheirs = machine.state.apps.has(app.bundleId) && managed?.status !== "Managed";
  if (isTheirs && command.ChangeManagementState !== "Managed")
    return rejected("AppAlreadyInstalled", 12025, "the app is installed already", app.bundleId);
  return undefined;
}

/** By a volume licence (PurchaseMethod 1) only where the store has one for this device. */
function isUnlicensed({ hardware, licensed }: Machine, app: CatalogueApp, { Options }: PlistDict): boolean {
  const byLicence = isDict(Options) && Options.PurchaseMethod === 1;
  return byLicence && app.storeId !== undefined && licensed?.(hardware.serial, app.storeId) === false;
}

/** A Mac manages only apps that were ordered so (InstallAsManaged); in User Enrollment all. */
function isUnmanagedMac(machine: Machine, command: PlistDict): boolean {
  if (machine.state.enrollment?.mdm.mode === "BYOD") return false;
  return machine.hardware.platform === "macos" && command.InstallAsManaged !== true;
}

function rejected(reason: string, code: number, description: string, bundleId?: string): Answer {
  const body = { ...(bundleId !== undefined ? { Identifier: bundleId } : {}), RejectionReason: reason };
  return refused("MCMDMErrorDomain", code, description, body);
}

/** RemoveApplication: managed apps only, with their data. */
export function removeApplication(machine: Machine, command: PlistDict): Answer {
  const identifier = command.Identifier as string;
  if (!machine.state.managed.has(identifier))
    return refused("MCMDMErrorDomain", 12029, `The app “${identifier}” is not managed`);
  machine.state.managed.delete(identifier);
  machine.state.apps.delete(identifier);
  machine.log({ type: "app", identifier, state: "removed" });
  return acknowledged({}, `removed app ${identifier}`);
}

/** ManagedApplicationList; states that pass are reported once and then forgotten. */
export function listManagedApplications(machine: Machine, command: PlistDict): Answer {
  const wanted = namesIn(command.Identifiers);
  const listed: Record<string, PlistDict> = {};
  for (const [bundleId, app] of [...machine.state.managed]) {
    if (wanted !== undefined && !wanted.has(bundleId)) continue;
    listed[bundleId] = describeManaged(app);
    if (app.status === "UpdateRejected") app.status = "Managed";
    else if (TRANSIENT.has(app.status)) machine.state.managed.delete(bundleId);
  }
  return acknowledged({ ManagedApplicationList: listed });
}

function describeManaged(app: ManagedApp): PlistDict {
  return {
    ExternalVersionIdentifier: 0,
    HasConfiguration: app.configuration !== undefined,
    HasFeedback: app.feedback !== undefined,
    IsValidated: app.status === "Managed",
    ManagementFlags: app.flags,
    Status: app.status,
    UnusedRedemptionCode: "",
  };
}

/** InstalledApplicationList with Identifiers, ManagedAppsOnly and Items honoured. */
export function listInstalledApplications(machine: Machine, command: PlistDict): Answer {
  const wanted = namesIn(command.Identifiers);
  const items = namesIn(command.Items);
  const listed = [...machine.state.apps.values()].filter(
    (app) =>
      (wanted === undefined || wanted.has(app.bundleId)) &&
      (command.ManagedAppsOnly !== true || machine.state.managed.has(app.bundleId)),
  );
  return acknowledged({
    InstalledApplicationList: listed.map((app) => chosen(describeApp(machine, app), items)),
  });
}

/** The store has another version of a managed app. */
function isBehind({ catalogue, state }: Machine, { bundleId, version, storeId }: InstalledApp): boolean {
  const isOfStore = storeId !== undefined && state.managed.has(bundleId);
  return isOfStore && catalogue.byBundleId(bundleId)?.version !== version;
}

function describeApp(machine: Machine, app: InstalledApp): PlistDict {
  const shown = app.installing ? "0" : app.version;
  const mobile: PlistDict = {
    AdHocCodeSigned: false,
    AppStoreVendable: app.storeId !== undefined,
    BetaApp: false,
    DeviceBasedVPP: machine.state.managed.has(app.bundleId),
    DynamicSize: app.dataBytes,
    ExternalVersionIdentifier: 0,
    HasUpdateAvailable: isBehind(machine, app),
    IsAppClip: false,
    IsValidated: true,
  };
  return {
    ...(machine.hardware.platform === "macos" ? {} : mobile),
    BundleSize: app.bytes,
    Identifier: app.bundleId,
    Installing: app.installing,
    Name: app.name,
    ShortVersion: shown,
    Version: shown,
  };
}

function chosen(dict: PlistDict, keys: ReadonlySet<string> | undefined): PlistDict {
  if (keys === undefined) return dict;
  return Object.fromEntries(Object.entries(dict).filter(([key]) => keys.has(key)));
}

function namesIn(value: PlistValue | undefined): ReadonlySet<string> | undefined {
  return Array.isArray(value) ? new Set(value.map(String)) : undefined;
}
