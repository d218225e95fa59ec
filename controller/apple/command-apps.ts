import { keyGates } from "../core/apple-schema/key-gates.ts";
import { type DeviceTraits, unmet } from "../core/apple-schema/requirement.ts";
import type { AppContent } from "../core/granted.ts";
import { Stalled } from "../errors.ts";
import { type Substitute, toPlistDict } from "./payload-value.ts";
import type { PlistDict } from "./wire/plist.ts";

/** What InstalledApplicationList is asked for: all but `DynamicSize`, which costs a device time and power. */
const appItems: readonly string[] = [
  "Identifier",
  "Name",
  "ShortVersion",
  "Version",
  "Installing",
  "BundleSize",
  "IsValidated",
  "AdHocCodeSigned",
  "AppStoreVendable",
  "BetaApp",
  "DeviceBasedVPP",
  "DistributorIdentifier",
  "ExternalVersionIdentifier",
  "HasUpdateAvailable",
  "IsAppClip",
];

/** The fields of InstalledApplicationList; Macs cannot be asked for a choice. */
export function listApplications(platform: string | undefined): PlistDict {
  return platform === undefined || platform === "macos" ? {} : { Items: appItems };
}

/** Bits of ManagementFlags. */
const removeWithManagement = 1;
const preventBackup = 4;

/** What installing an app needs besides its content. */
export interface AppOptions {
  readonly substitute: Substitute;
  readonly platform?: string;
  readonly traits?: DeviceTraits;
}

/**
 * The fields of InstallApplication, from one of its three sources, without those that User Enrollment forbids: there
 * what is managed is apart from the beginning, and goes with the management. Throws Stalled.
 */
export function installApplication(content: AppContent, options: AppOptions): PlistDict {
  const flags =
    (content.removeOnUnenroll ? removeWithManagement : 0) + (content.preventBackup ? preventBackup : 0);
  const { config, license } = content;
  const isMac = options.platform === "macos";
  // No Mac knows attributes.
  const attributes = isMac ? undefined : content.attributes;
  const allowed = allowedTo(options.traits);
  return allowed({
    ...sourceOf(content),
    // Apple names 1, 4 and 5; none of them is no flags at all.
    ...(flags === 0 ? {} : { ManagementFlags: flags }),
    ChangeManagementState: "Managed",
    // Without it a Mac installs the app and does not manage it (macOS 11).
    ...(isMac ? { InstallAsManaged: true } : {}),
    // 1: a licence of Apps and Books, assigned to the device or to its user.
    ...(license === "none" ? {} : { Options: { PurchaseMethod: 1 } }),
    ...(config === undefined ? {} : { Configuration: toPlistDict(config, options.substitute) }),
    ...(attributes === undefined ? {} : { Attributes: toPlistDict(attributes, options.substitute) }),
  });
}

function allowedTo(traits: DeviceTraits | undefined): (fields: PlistDict) => PlistDict {
  if (traits?.enrollment !== "user") return (fields) => fields;
  const isAllowed = (key: string): boolean =>
    unmet(keyGates("command", "InstallApplication", [key]), traits).length === 0;
  return (fields) => Object.fromEntries(Object.entries(fields).filter(([key]) => isAllowed(key)));
}

function sourceOf({ source, bundleId }: AppContent): PlistDict {
  switch (source.type) {
    case "bundleId":
      return { Identifier: bundleId };
    case "appStoreId":
      return { iTunesStoreID: source.id };
    case "manifestUrl":
      if (!source.url.startsWith("https://")) {
        throw new Stalled("app-manifest", `${bundleId}: the manifest's address must begin with https://`);
      }
      return { ManifestURL: source.url };
  }
}
