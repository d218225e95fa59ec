import { expect, test } from "vitest";
import { parse } from "yaml";
import { buildBody } from "./android-policy/build-body.ts";
import { leavesOf } from "./android-policy/leaves.ts";
import { mergeLeaves } from "./android-policy/merge-leaves.ts";
import { renderAndroidSettings } from "./android-settings.ts";
import { renderAppleSettings } from "./apple-settings.ts";
import { osUpdateDeclarations } from "./apple-updates.ts";
import type { Settings } from "./generated/manifest.ts";
import { pathText } from "./path-text.ts";

const der = Buffer.from("DER");
const pem = `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
const files: Readonly<Record<string, Buffer>> = { "root.der": der, "root.pem": Buffer.from(pem) };
const fileOf = (path: string) => files[path];

/** What Apple devices are given: payloads and declarations by type, without what only names them. */
function apple(settings: Settings): unknown {
  const { payloads } = renderAppleSettings(settings, fileOf, "reeve.profile.test");
  const declared = osUpdateDeclarations(settings.osUpdate ?? {});
  return [
    ...payloads.map(({ type, content }) => ({ [short(type)]: content })),
    ...declared.map(({ type, content, platforms }) => ({
      [`${short(type)}${platforms?.includes("macos") === true ? " (macos)" : ""}`]: content,
    })),
  ];
}

const short = (type: string) => type.replace("com.apple.", "");

/** What Android devices are given: the part of the policy, and what it cannot say. */
function android(settings: Settings): unknown {
  const { parts, inexpressible } = renderAndroidSettings(settings, fileOf);
  const { decided, overruled } = mergeLeaves(
    parts.map((part) => ({ item: "x", priority: 0, leaves: leavesOf(part.policy) })),
  );
  expect(overruled).toEqual([]);
  const { body } = buildBody(decided);
  const never = Object.fromEntries(inexpressible.map(({ at, reason }) => [pathText(at.slice(1)), reason]));
  const needs = Object.fromEntries(
    parts.flatMap(({ at, need }) => (need === undefined ? [] : [[pathText(at.slice(1)), need]])),
  );
  return {
    ...body,
    ...(inexpressible.length === 0 ? {} : { NEVER: never }),
    ...(Object.keys(needs).length === 0 ? {} : { NEEDS: needs }),
  };
}

const passcode = "mobiledevice.passwordpolicy";
const none = "Android has no such restriction";
const moot = "on Android a rule for the passcode requires one, and required is false";
const uuid = expect.stringMatching(/^[0-9A-F-]{36}$/);
const company = { company: true };
const whole = { fullyManaged: true };

/** A row of restrictions: what Apple is given for false, and what Android is. */
function restriction(name: string, appleKeys: object, policy: object, need?: object): Row {
  const needs = need === undefined ? {} : { NEEDS: { [`restrictions.${name}`]: need } };
  return [
    `restrictions: {${name}: ${name === "forceEncryptedBackup"}}`,
    [{ applicationaccess: appleKeys }],
    { ...policy, ...needs },
  ];
}

type Row = readonly [settings: string, apple: unknown, android: unknown];

const rows: readonly Row[] = [
  // passcode
  [
    "passcode: {required: true}",
    [{ [passcode]: { forcePIN: true } }],
    { passwordPolicies: [{ passwordQuality: "SOMETHING" }] },
  ],
  [
    "passcode: {required: false, minLength: 6, autoLock: 5m}",
    [{ [passcode]: { forcePIN: false, minLength: 6, maxInactivity: 5 } }],
    { maximumTimeToLock: "300000", NEVER: { "passcode.minLength": moot } },
  ],
  [
    "passcode: {allowSimple: false}",
    [{ [passcode]: { forcePIN: true, allowSimple: false } }],
    { passwordPolicies: [{ passwordQuality: "NUMERIC_COMPLEX" }] },
  ],
  [
    "passcode: {requireAlphanumeric: true, allowSimple: false}",
    [{ [passcode]: { forcePIN: true, requireAlphanumeric: true, allowSimple: false } }],
    { passwordPolicies: [{ passwordQuality: "ALPHANUMERIC" }] },
  ],
  [
    "passcode: {minLength: 6}",
    [{ [passcode]: { forcePIN: true, minLength: 6 } }],
    { passwordPolicies: [{ passwordQuality: "NUMERIC", passwordMinimumLength: 6 }] },
  ],
  [
    "passcode: {minComplexCharacters: 2}",
    [{ [passcode]: { forcePIN: true, minComplexChars: 2 } }],
    { passwordPolicies: [{ passwordQuality: "COMPLEX", passwordMinimumSymbols: 2 }] },
  ],
  [
    "passcode: {minComplexCharacters: 1, requireAlphanumeric: true}",
    [{ [passcode]: { forcePIN: true, minComplexChars: 1, requireAlphanumeric: true } }],
    {
      passwordPolicies: [
        {
          passwordQuality: "COMPLEX",
          passwordMinimumLetters: 1,
          passwordMinimumNumeric: 1,
          passwordMinimumSymbols: 1,
        },
      ],
    },
  ],
  [
    "passcode: {maxAge: 90d}",
    [{ [passcode]: { forcePIN: true, maxPINAgeInDays: 90 } }],
    { passwordPolicies: [{ passwordQuality: "SOMETHING", passwordExpirationTimeout: "7776000s" }] },
  ],
  [
    "passcode: {history: 5}",
    [{ [passcode]: { forcePIN: true, pinHistory: 5 } }],
    { passwordPolicies: [{ passwordQuality: "SOMETHING", passwordHistoryLength: 5 }] },
  ],
  [
    "passcode: {maxFailedAttempts: 10}",
    [{ [passcode]: { forcePIN: true, maxFailedAttempts: 10 } }],
    { passwordPolicies: [{ passwordQuality: "SOMETHING", maximumFailedPasswordsForWipe: 10 }] },
  ],
  [
    "passcode: {autoLock: 2m}",
    [{ [passcode]: { forcePIN: true, maxInactivity: 2 } }],
    { maximumTimeToLock: "120000", passwordPolicies: [{ passwordQuality: "SOMETHING" }] },
  ],
  [
    "passcode: {gracePeriod: 1m}",
    [{ [passcode]: { forcePIN: true, maxGracePeriod: 1 } }],
    {
      passwordPolicies: [{ passwordQuality: "SOMETHING" }],
      NEVER: { "passcode.gracePeriod": "Android has none" },
    },
  ],

  // restrictions
  restriction("allowCamera", { allowCamera: false }, { cameraAccess: "CAMERA_ACCESS_DISABLED" }),
  restriction("allowScreenCapture", { allowScreenShot: false }, { screenCaptureDisabled: true }),
  restriction("allowAppInstallation", { allowAppInstallation: false }, { installAppsDisabled: true }),
  restriction("allowAppRemoval", { allowAppRemoval: false }, { uninstallAppsDisabled: true }),
  restriction(
    "allowUntrustedApps",
    { allowEnterpriseAppTrust: false },
    { advancedSecurityOverrides: { untrustedAppsPolicy: "DISALLOW_INSTALL" } },
  ),
  restriction(
    "allowFactoryReset",
    { allowEraseContentAndSettings: false },
    { factoryResetDisabled: true },
    company,
  ),
  restriction("allowAccountChanges", { allowAccountModification: false }, { modifyAccountsDisabled: true }),
  restriction(
    "allowBluetoothChanges",
    { allowBluetoothModification: false },
    { bluetoothConfigDisabled: true },
    company,
  ),
  restriction("allowVpnChanges", { allowVPNCreation: false }, { vpnConfigDisabled: true }),
  restriction(
    "allowTethering",
    { allowPersonalHotspotModification: false },
    { deviceConnectivityManagement: { tetheringSettings: "DISALLOW_ALL_TETHERING" } },
    company,
  ),
  restriction(
    "allowUsbData",
    { allowUSBRestrictedMode: true },
    { deviceConnectivityManagement: { usbDataAccess: "DISALLOW_USB_DATA_TRANSFER" } },
    company,
  ),
  restriction(
    "allowDateTimeChanges",
    { forceAutomaticDateAndTime: true },
    { autoDateAndTimeZone: "AUTO_DATE_AND_TIME_ZONE_ENFORCED" },
    company,
  ),
  restriction(
    "allowWallpaperChanges",
    { allowWallpaperModification: false },
    { setWallpaperDisabled: true },
    whole,
  ),
  restriction(
    "allowVoiceAssistant",
    { allowAssistant: false },
    { NEVER: { "restrictions.allowVoiceAssistant": none } },
  ),
  restriction(
    "allowCloudBackup",
    { allowCloudBackup: false },
    { backupService: "BACKUP_SERVICE_DISABLED" },
    { ...whole, since: "8" },
  ),
  restriction("allowAirDrop", { allowAirDrop: false }, { outgoingBeamDisabled: true }),
  restriction(
    "allowDiagnostics",
    { allowDiagnosticSubmission: false },
    { NEVER: { "restrictions.allowDiagnostics": none } },
  ),
  restriction(
    "allowOpenFromManagedToUnmanaged",
    { allowOpenFromManagedToUnmanaged: false },
    { crossProfilePolicies: { crossProfileDataSharing: "DATA_SHARING_FROM_WORK_TO_PERSONAL_DISALLOWED" } },
    { workProfile: true },
  ),
  restriction("allowSafari", { allowSafari: false }, { NEVER: { "restrictions.allowSafari": none } }),
  restriction(
    "forceEncryptedBackup",
    { forceEncryptedBackup: true },
    { NEVER: { "restrictions.forceEncryptedBackup": none } },
  ),
  // What is allowed needs nothing, and what Android never forbids may be allowed without a word.
  [
    "restrictions: {allowCamera: true, allowFactoryReset: true, allowSafari: true, allowUsbData: true}",
    [
      {
        applicationaccess: {
          allowCamera: true,
          allowEraseContentAndSettings: true,
          allowSafari: true,
          allowUSBRestrictedMode: false,
        },
      },
    ],
    {
      cameraAccess: "CAMERA_ACCESS_USER_CHOICE",
      deviceConnectivityManagement: { usbDataAccess: "ALLOW_USB_DATA_TRANSFER" },
      factoryResetDisabled: false,
    },
  ],

  // wifi
  [
    'wifi: [{ssid: Acme, password: "${secret:wifi/psk}"}]',
    [{ "wifi.managed": psk({}) }],
    network({ SSID: "Acme", Security: "WPA-PSK", Passphrase: "${secret:wifi/psk}" }),
  ],
  [
    'wifi: [{ssid: Acme, security: wpa3, password: "${secret:wifi/psk}", hidden: true, autoJoin: false}]',
    [{ "wifi.managed": psk({ EncryptionType: "WPA3", HIDDEN_NETWORK: true, AutoJoin: false }) }],
    network({
      SSID: "Acme",
      Security: "WPA-PSK",
      Passphrase: "${secret:wifi/psk}",
      HiddenSSID: true,
      AutoConnect: false,
    }),
  ],
  [
    "wifi: [{ssid: Acme, security: none, randomMac: false}]",
    [
      {
        "wifi.managed": {
          SSID_STR: "Acme",
          EncryptionType: "None",
          HIDDEN_NETWORK: false,
          AutoJoin: true,
          DisableAssociationMACRandomization: true,
        },
      },
    ],
    {
      ...network({ SSID: "Acme", Security: "None", MACAddressRandomizationMode: "Hardware" }),
      NEEDS: { "wifi[0]": { since: "13" } },
    },
  ],
  [
    `wifi: [{ssid: Acme, security: enterprise, eap: {types: [PEAP, TLS], username: "\${owner.email}", password: "\${secret:wifi/radius}", outerIdentity: guest, trustedCertificates: [root], trustedServers: [radius.acme.example]}}]
certificates: [{name: root, file: root.pem}]`,
    [
      {
        "wifi.managed": {
          SSID_STR: "Acme",
          EncryptionType: "WPA2",
          HIDDEN_NETWORK: false,
          AutoJoin: true,
          EAPClientConfiguration: {
            AcceptEAPTypes: [25, 13],
            UserName: "${owner.email}",
            UserPassword: "${secret:wifi/radius}",
            OuterIdentity: "guest",
            PayloadCertificateAnchorUUID: [uuid],
            TLSTrustedServerNames: ["radius.acme.example"],
          },
        },
      },
      { "security.root": { PayloadContent: { $data: Buffer.from(pem).toString("base64") } } },
    ],
    {
      openNetworkConfiguration: {
        Type: "UnencryptedConfiguration",
        Certificates: [{ GUID: uuid, Type: "Authority", X509: "REVS" }],
        NetworkConfigurations: [
          configuration({
            SSID: "Acme",
            Security: "WPA-EAP",
            EAP: {
              Outer: "PEAP",
              Inner: "MSCHAPv2",
              Identity: "${owner.email}",
              Password: "${secret:wifi/radius}",
              AnonymousIdentity: "guest",
              ServerCARefs: [uuid],
              DomainSuffixMatch: ["radius.acme.example"],
            },
          }),
        ],
      },
      NEVER: { "wifi[0].eap.types": "Android offers one method, which is PEAP here" },
    },
  ],
  [
    `wifi: [{ssid: Acme, security: enterprise, eap: {types: [TLS], identity: me, trustedCertificates: [root], trustedServers: [acme.example]}}]
certificates: [{name: root, file: root.der}, {name: me, type: identity, content: "\${secret:identity/p12}", password: ""}]`,
    [
      {
        "wifi.managed": {
          SSID_STR: "Acme",
          EncryptionType: "WPA2",
          HIDDEN_NETWORK: false,
          AutoJoin: true,
          PayloadCertificateUUID: uuid,
          EAPClientConfiguration: {
            AcceptEAPTypes: [13],
            PayloadCertificateAnchorUUID: [uuid],
            TLSTrustedServerNames: ["acme.example"],
          },
        },
      },
      { "security.root": { PayloadContent: { $data: "REVS" } } },
      { "security.pkcs12": { PayloadContent: { $data: "${secret:identity/p12}" }, Password: "" } },
    ],
    {
      openNetworkConfiguration: {
        Type: "UnencryptedConfiguration",
        Certificates: expect.arrayContaining([
          { GUID: uuid, Type: "Authority", X509: "REVS" },
          { GUID: uuid, Type: "Client", PKCS12: "${secret:identity/p12}" },
        ]),
        NetworkConfigurations: [
          configuration({
            SSID: "Acme",
            Security: "WPA-EAP",
            EAP: {
              Outer: "EAP-TLS",
              ServerCARefs: [uuid],
              DomainSuffixMatch: ["acme.example"],
              ClientCertType: "Ref",
              ClientCertRef: uuid,
            },
          }),
        ],
      },
    },
  ],
  [
    "wifi: [{ssid: Acme, security: enterprise, eap: {types: [TTLS], username: ada, password: p}}]",
    [
      {
        "wifi.managed": {
          SSID_STR: "Acme",
          EncryptionType: "WPA2",
          HIDDEN_NETWORK: false,
          AutoJoin: true,
          EAPClientConfiguration: { AcceptEAPTypes: [21], UserName: "ada", UserPassword: "p" },
        },
      },
    ],
    {
      NEVER: {
        "wifi[0].eap": "Android joins no 802.1X network without trustedCertificates and trustedServers",
      },
    },
  ],

  // certificates
  [
    "certificates: [{name: root, content: REVS}]",
    [{ "security.root": { PayloadContent: { $data: "REVS" } } }],
    {
      openNetworkConfiguration: {
        Type: "UnencryptedConfiguration",
        Certificates: [{ GUID: uuid, Type: "Authority", X509: "REVS" }],
      },
    },
  ],
  [
    'certificates: [{name: me, type: identity, content: "${secret:identity/p12}", password: "${secret:identity/pw}"}]',
    [
      {
        "security.pkcs12": {
          PayloadContent: { $data: "${secret:identity/p12}" },
          Password: "${secret:identity/pw}",
        },
      },
    ],
    {
      NEVER: {
        "certificates[0]":
          'Android takes an identity only without a password: PKCS #12 data made so, and password: ""',
      },
    },
  ],

  // osUpdate
  [
    "osUpdate: {defer: 30d}",
    [
      {
        "configuration.softwareupdate.settings (macos)": {
          Deferrals: { MajorPeriodInDays: 30, MinorPeriodInDays: 30, SystemPeriodInDays: 30 },
        },
      },
      { "configuration.softwareupdate.settings": { Deferrals: { CombinedPeriodInDays: 30 } } },
    ],
    { systemUpdate: { type: "POSTPONE" }, NEEDS: { "osUpdate.defer": company } },
  ],
  [
    "osUpdate: {defer: 7d}",
    [
      {
        "configuration.softwareupdate.settings (macos)": {
          Deferrals: { MajorPeriodInDays: 7, MinorPeriodInDays: 7, SystemPeriodInDays: 7 },
        },
      },
      { "configuration.softwareupdate.settings": { Deferrals: { CombinedPeriodInDays: 7 } } },
    ],
    { NEVER: { "osUpdate.defer": "Android postpones by 30d and no other time" } },
  ],
  [
    "osUpdate: {automatic: true}",
    [
      {
        "configuration.softwareupdate.settings (macos)": {
          AutomaticActions: {
            Download: "AlwaysOn",
            InstallOSUpdates: "AlwaysOn",
            InstallSecurityUpdate: "AlwaysOn",
          },
        },
      },
      {
        "configuration.softwareupdate.settings": {
          AutomaticActions: { Download: "AlwaysOn", InstallOSUpdates: "AlwaysOn" },
        },
      },
    ],
    { systemUpdate: { type: "AUTOMATIC" }, NEEDS: { "osUpdate.automatic": company } },
  ],
  [
    'osUpdate: {window: {from: "22:30", to: "05:00"}}',
    [],
    {
      systemUpdate: { type: "WINDOWED", startMinutes: 1350, endMinutes: 300 },
      NEEDS: { "osUpdate.window": company },
    },
  ],
  [
    'osUpdate: {defer: 30d, automatic: false, window: {days: [Sat, Sun], from: "01:00", to: "05:00"}}',
    expect.anything(),
    {
      systemUpdate: { type: "WINDOWED", startMinutes: 60, endMinutes: 300 },
      NEEDS: { "osUpdate.window": company },
      NEVER: {
        "osUpdate.window.days": "Android's window is the same every day",
        "osUpdate.automatic": "Android installs by itself within a window",
        "osUpdate.defer": "Android either postpones updates or installs them by itself",
      },
    },
  ],
  [
    'osUpdate: {enforce: [{platform: ipados, version: "26.1", by: 2026-12-01T18:00:00}, {platform: android, version: "16", by: 2026-12-01T18:00:00}]}',
    [
      {
        "configuration.softwareupdate.enforcement.specific": {
          TargetOSVersion: "26.1",
          TargetLocalDateTime: "2026-12-01T18:00:00",
        },
      },
    ],
    { NEVER: { "osUpdate.enforce[1]": "Android enforces no version of the system" } },
  ],

  // fileVault is for Macs; Android encrypts by itself.
  ["fileVault: {showRecoveryKey: false}", expect.anything(), {}],
];

function psk(more: object): object {
  const network = { SSID_STR: "Acme", EncryptionType: "WPA2", Password: "${secret:wifi/psk}" };
  return { ...network, HIDDEN_NETWORK: false, AutoJoin: true, ...more };
}

function configuration(wifi: object): object {
  const known = { HiddenSSID: false, AutoConnect: true };
  return { GUID: uuid, Name: "Acme", Type: "WiFi", WiFi: { ...known, ...wifi } };
}

function network(wifi: object): object {
  const Type = "UnencryptedConfiguration";
  return { openNetworkConfiguration: { Type, NetworkConfigurations: [configuration(wifi)] } };
}

const read = (text: string): Settings => parse(text, { schema: "core" }) as Settings;

test.each(rows)("%s", (text, onApple, onAndroid) => {
  const settings = read(text);
  expect({ apple: apple(settings), android: android(settings) }).toEqual({
    apple: onApple,
    android: onAndroid,
  });
});

test("a certificate is known by what it is, a network by its name", () => {
  const guids = (text: string): readonly unknown[] => {
    const { parts } = renderAndroidSettings(read(text), fileOf);
    return parts.flatMap((part) => leavesOf(part.policy).map((leaf) => leaf.path));
  };
  const certificate = (content: string) => `certificates: [{name: root, content: ${content}}]`;
  expect(guids(certificate("QQ=="))).not.toEqual(guids(certificate("QUE=")));
  const wifi = (password: string) => `wifi: [{ssid: Acme, password: ${password}}]`;
  expect(guids(wifi("first"))).toEqual(guids(wifi("second")));
});
