import { durationMs } from "./duration.ts";
import { fileVaultPayloads } from "./file-vault-payloads.ts";
import type { Certificate, Passcode, Restrictions, Settings } from "./generated/manifest.ts";
import type { Payload } from "./granted.ts";
import { payloadUuid } from "./payload-uuid.ts";
import { wifiContent } from "./wifi-payload.ts";

/** What a `settings` block becomes on Apple devices, and what no payload can say. */
export interface AppleSettings {
  readonly payloads: readonly Payload[];
  /** Paths such as `osUpdate`, with the reason. */
  readonly inexpressible: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Renders `Profile.spec.settings` to configuration payloads. Keys are Apple's: com.apple.mobiledevice.passwordpolicy,
 * com.apple.wifi.managed, com.apple.applicationaccess and com.apple.security.* of Apple's device management schema.
 * `identifier` is that of the profile: payloads refer to each other by UUIDs that follow it.
 */
export function renderAppleSettings(
  settings: Settings,
  fileOf: (path: string) => Uint8Array | undefined,
  identifier: string,
): AppleSettings {
  const inexpressible: { path: string; reason: string }[] = [];
  const payloads: Payload[] = [];
  if (settings.passcode !== undefined)
    payloads.push(
      payload("com.apple.mobiledevice.passwordpolicy", "passcode", passcodeContent(settings.passcode)),
    );
  const certificates = settings.certificates ?? [];
  const uuidOf = (one: Certificate): string =>
    payloadUuid(identifier, { type: certificateType(one), name: one.name });
  for (const [index, network] of (settings.wifi ?? []).entries())
    payloads.push(
      payload("com.apple.wifi.managed", `wifi-${index}`, wifiContent(network, certificates, uuidOf)),
    );
  if (settings.restrictions !== undefined)
    payloads.push(
      payload("com.apple.applicationaccess", "restrictions", restrictionsContent(settings.restrictions)),
    );
  if (settings.fileVault !== undefined) payloads.push(...fileVaultPayloads(settings.fileVault, identifier));
  for (const certificate of certificates) payloads.push(certificatePayload(certificate, fileOf));
  return { payloads, inexpressible };
}

function payload(type: string, name: string, content: Readonly<Record<string, unknown>>): Payload {
  return { type, name, content };
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

function passcodeContent(passcode: Passcode): Readonly<Record<string, unknown>> {
  return defined({
    forcePIN: passcode.required ?? true,
    allowSimple: passcode.allowSimple,
    requireAlphanumeric: passcode.requireAlphanumeric,
    minLength: passcode.minLength,
    minComplexChars: passcode.minComplexCharacters,
    maxPINAgeInDays: whole(passcode.maxAge, dayMs),
    pinHistory: passcode.history,
    maxFailedAttempts: passcode.maxFailedAttempts,
    maxInactivity: whole(passcode.autoLock, minuteMs),
    maxGracePeriod: whole(passcode.gracePeriod, minuteMs),
  });
}

/** Our names against Apple's; a true in the second place means that the sense is turned round. */
const restrictionKeys: Readonly<Record<keyof Restrictions, readonly [string, boolean]>> = {
  allowCamera: ["allowCamera", false],
  allowScreenCapture: ["allowScreenShot", false],
  allowAppInstallation: ["allowAppInstallation", false],
  allowAppRemoval: ["allowAppRemoval", false],
  allowUntrustedApps: ["allowEnterpriseAppTrust", false],
  allowFactoryReset: ["allowEraseContentAndSettings", false],
  allowAccountChanges: ["allowAccountModification", false],
  allowBluetoothChanges: ["allowBluetoothModification", false],
  allowVpnChanges: ["allowVPNCreation", false],
  allowTethering: ["allowPersonalHotspotModification", false],
  allowUsbData: ["allowUSBRestrictedMode", true],
  allowDateTimeChanges: ["forceAutomaticDateAndTime", true],
  allowWallpaperChanges: ["allowWallpaperModification", false],
  allowVoiceAssistant: ["allowAssistant", false],
  allowCloudBackup: ["allowCloudBackup", false],
  allowAirDrop: ["allowAirDrop", false],
  allowDiagnostics: ["allowDiagnosticSubmission", false],
  allowOpenFromManagedToUnmanaged: ["allowOpenFromManagedToUnmanaged", false],
  allowSafari: ["allowSafari", false],
  forceEncryptedBackup: ["forceEncryptedBackup", false],
};

function restrictionsContent(restrictions: Restrictions): Readonly<Record<string, unknown>> {
  const content: Record<string, boolean> = {};
  for (const [name, [key, turned]] of Object.entries(restrictionKeys)) {
    const value = restrictions[name as keyof Restrictions];
    if (value !== undefined) content[key] = turned ? !value : value;
  }
  return content;
}

function certificatePayload(
  certificate: Certificate,
  fileOf: (path: string) => Uint8Array | undefined,
): Payload {
  const bytes = certificate.file === undefined ? undefined : fileOf(certificate.file);
  const data = bytes === undefined ? (certificate.content ?? "") : Buffer.from(bytes).toString("base64");
  const content = defined({ PayloadContent: { $data: data }, Password: certificate.password });
  return {
    type: certificateType(certificate),
    name: certificate.name,
    displayName: certificate.name,
    content,
  };
}

function certificateType({ type }: Certificate): string {
  return type === "identity" ? "com.apple.security.pkcs12" : "com.apple.security.root";
}

function whole(duration: string | undefined, unitMs: number): number | undefined {
  return duration === undefined ? undefined : Math.max(1, Math.round(durationMs(duration) / unitMs));
}

function defined(content: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
}
