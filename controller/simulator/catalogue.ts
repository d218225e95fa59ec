export type CatalogueApp = {
  readonly bundleId: string;
  readonly name: string;
  readonly version: string;
  readonly storeId?: number;
  readonly manifestUrl?: string;
  readonly bytes?: number;
};

export type Catalogue = {
  byStoreId(id: number): CatalogueApp | undefined;
  byBundleId(bundleId: string): CatalogueApp | undefined;
  byManifest(url: string): CatalogueApp | undefined;
  /** Adds an app, or replaces the one with its bundle id (a new version, for example). */
  put(app: CatalogueApp): void;
};

/** Apps that exist in the App Store, with their true identifiers. Versions and sizes are made up. */
export const STORE_APPS: readonly CatalogueApp[] = (
  [
    [618783545, "com.tinyspeck.chatlyio", "Slack"],
    [803453959, "com.tinyspeck.slackmacgap", "Slack for Desktop"],
    [546505307, "us.zoom.videomeetings", "Zoom Workplace"],
    [1113153706, "com.microsoft.skype.teams", "Microsoft Teams"],
    [951937596, "com.microsoft.Office.Outlook", "Microsoft Outlook"],
    [586447913, "com.microsoft.Office.Word", "Microsoft Word"],
    [586683407, "com.microsoft.Office.Excel", "Microsoft Excel"],
    [586449534, "com.microsoft.Office.Powerpoint", "Microsoft PowerPoint"],
    [477537958, "com.microsoft.skydrive", "Microsoft OneDrive"],
    [983156458, "com.microsoft.azureauthenticator", "Microsoft Authenticator"],
    [535886823, "com.google.chrome.ios", "Google Chrome"],
    [422689480, "com.google.Gmail", "Gmail"],
    [507874739, "com.google.Drive", "Google Drive"],
    [361309726, "com.apple.Pages", "Pages"],
    [361304891, "com.apple.Numbers", "Numbers"],
    [361285480, "com.apple.Keynote", "Keynote"],
    [497799835, "com.apple.dt.Xcode", "Xcode"],
    [899247664, "com.apple.TestFlight", "TestFlight"],
    [310633997, "net.whatsapp.WhatsApp", "WhatsApp Messenger"],
    [324684580, "com.spotify.client", "Spotify"],
  ] as const
).map(([storeId, bundleId, name], index) => ({
  storeId,
  bundleId,
  name,
  version: `${1 + (index % 9)}.${index % 5}.0`,
  bytes: 40_000_000 + index * 7_654_321,
}));

/**
 * A catalogue with the given apps. An `open` one (the default) makes up an app for a bundle id, store id or
 * manifest that it does not know, always the same one; a closed one knows only its own.
 */
export function catalogue(
  apps: readonly CatalogueApp[] = STORE_APPS,
  options: { readonly open?: boolean } = {},
): Catalogue {
  const open = options.open ?? true;
  const known = new Map(apps.map((app) => [app.bundleId, app]));
  const find = (matches: (app: CatalogueApp) => boolean) => [...known.values()].find(matches);
  const invent = (bundleId: string, more: Partial<CatalogueApp>) =>
    open ? { bundleId, name: nameFor(bundleId), version: "1.0.0", bytes: 25_000_000, ...more } : undefined;
  return {
    byStoreId: (storeId) =>
      find((app) => app.storeId === storeId) ?? invent(`store.app.id${storeId}`, { storeId }),
    byBundleId: (bundleId) => known.get(bundleId) ?? invent(bundleId, {}),
    byManifest: (manifestUrl) =>
      find((app) => app.manifestUrl === manifestUrl) ?? invent(bundleIdFor(manifestUrl), { manifestUrl }),
    put: (app) => void known.set(app.bundleId, app),
  };
}

/** `https://apps.example.com/crm/manifest.plist` becomes `com.example.apps.crm`. */
function bundleIdFor(manifestUrl: string): string {
  const url = new URL(manifestUrl);
  const path = url.pathname.split("/").filter((part) => part !== "" && part !== "manifest.plist");
  const words = [...url.hostname.split(".").reverse(), ...path.map((part) => part.replace(/\.plist$/, ""))];
  return words.map((word) => word.replace(/[^A-Za-z0-9-]/g, "-")).join(".");
}

function nameFor(bundleId: string): string {
  const last = bundleId.split(".").at(-1) ?? bundleId;
  return last.charAt(0).toUpperCase() + last.slice(1);
}
