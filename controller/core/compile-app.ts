import { digestOf, sha256, uuidFrom } from "./canonical.ts";
import { needsOfApp } from "./compile-needs.ts";
import type { AppleForm } from "./compiled.ts";
import { type Keep, rendererVersion, secretsIn, uuidNamespace } from "./compiled-content.ts";
import type { AppleApp } from "./generated/manifest.ts";
import type { AppContent, ProfileContent } from "./granted.ts";
import type { Need } from "./needs.ts";

/** A keyed fingerprint of a secret's value; undefined where secrets cannot be read. */
type FingerprintOf = (name: string) => string | undefined;

const noUserEnrollment = { userEnrollment: "forbidden" } as const;

/** Licences go to serial numbers, which User Enrollment keeps to itself. */
const serialNumber: Need = {
  names: ["license: device"],
  gates: { ios: noUserEnrollment, macos: noUserEnrollment, visionos: noUserEnrollment },
  whole: true,
};

/** What an App manifest is on Apple devices, its content kept. */
export function appForm(apple: AppleApp, keep: Keep, fingerprintOf: FingerprintOf): AppleForm {
  const installed: AppContent = {
    kind: "App",
    bundleId: apple.bundleId,
    source: sourceOf(apple),
    license: apple.license ?? "none",
    removeOnUnenroll: apple.removeOnUnenroll ?? true,
    preventBackup: apple.preventBackup ?? false,
  };
  const settings = {
    ...(apple.config === undefined ? {} : { config: apple.config }),
    ...(apple.attributes === undefined ? {} : { attributes: apple.attributes }),
  };
  const secrets = secretsIn([installed, settings]);
  const fingerprints = secrets.map((name) => `${name}=${fingerprintOf(name) ?? "?"}`);
  const content = {
    ...installed,
    ...settings,
    ...(secrets.length === 0 ? {} : { fingerprint: digestOf(fingerprints) }),
  };
  const shownBy = [
    ...(apple.config === undefined ? [] : (["appConfiguration"] as const)),
    ...(apple.attributes === undefined ? [] : (["appAttributes"] as const)),
  ];
  const blocked = blockedProfile(apple.bundleId);
  return {
    id: apple.bundleId,
    digest: keep(content),
    base: digestOf(installed),
    ...(shownBy.length === 0 ? {} : { shownBy }),
    ...licenceOf(apple),
    ...(apple.updateWhenOffered === true ? { updates: true } : {}),
    ...(installed.removeOnUnenroll ? {} : { stays: true }),
    scope: "device",
    secrets,
    needs: [...needsOfApp(apple.attributes), ...(apple.license === "device" ? [serialNumber] : [])],
    blocked: { id: blocked.identifier, digest: keep(blocked), uuid: blocked.uuid },
  };
}

function licenceOf({ license, appStoreId }: AppleApp): Pick<AppleForm, "licence"> {
  return license === "device" && appStoreId !== undefined ? { licence: String(appStoreId) } : {};
}

function sourceOf(apple: AppleApp): AppContent["source"] {
  if (apple.appStoreId !== undefined) return { type: "appStoreId", id: apple.appStoreId };
  if (apple.manifestUrl !== undefined) return { type: "manifestUrl", url: apple.manifestUrl };
  return { type: "bundleId" };
}

/** A restrictions profile for one blocked app (com.apple.applicationaccess, blockedAppBundleIDs; supervised). */
function blockedProfile(bundleId: string): ProfileContent {
  const payload = {
    type: "com.apple.applicationaccess",
    name: "blocked",
    content: { blockedAppBundleIDs: [bundleId] },
  };
  const source = {
    kind: "Profile" as const,
    identifier: `reeve.blocked.${bundleId}`,
    displayName: `${bundleId} is blocked`,
    body: { type: "payloads" as const, payloads: [payload] },
  };
  const uuid = uuidFrom(uuidNamespace, sha256(digestOf([source, rendererVersion])));
  return { ...source, scope: "device", removable: "never", signed: true, encrypt: "auto", uuid };
}
