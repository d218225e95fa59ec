import { type Entry, listOf, type Part, recordOf, textOf } from "./device-facts.ts";
import { ago } from "./time.ts";

/** Labels with their values; one that is `undefined` is left out, and an empty one was not reported. */
type Rows = readonly (readonly [string, string | undefined])[];

/** What an Android device reports about itself (its section `device`), under the words of every platform. */
export function androidParts(detail: unknown, now: number): readonly Part[] {
  const told = recordOf(detail);
  if (told === undefined) return [];
  const hardware = recordOf(told.hardwareInfo) ?? {};
  const software = recordOf(told.softwareInfo) ?? {};
  const network = recordOf(told.networkInfo) ?? {};
  const memory = recordOf(told.memoryInfo) ?? {};
  const lines = listOf(network.telephonyInfos);
  const parts: readonly (readonly [string, Rows])[] = [
    [
      "Status",
      [
        ["Battery", measured(percent(told.batteryLevel), told.batteryLevelAt, now)],
        ["Storage", gigabytes(memory.totalInternalStorage)],
        ["Storage free", measured(gigabytes(told.freeInternalStorage), told.freeInternalStorageAt, now)],
        ["Memory card", cardOf(recordOf(told.externalStorage), now)],
        ["Memory", gigabytes(memory.totalRam)],
        ["System update", word(recordOf(software.systemUpdateInfo)?.updateStatus) || undefined],
      ],
    ],
    [
      "Device",
      [
        ["Model", textOf(hardware.model)],
        ["Manufacturer", textOf(hardware.manufacturer)],
        ["Brand", textOf(hardware.brand) || undefined],
        ["Hardware", textOf(hardware.hardware) || undefined],
        ["OS version", textOf(software.androidVersion)],
        ["API level", textOf(told.apiLevel)],
        ["Patch level", textOf(software.securityPatchLevel)],
        ["Build", textOf(software.androidBuildNumber)],
        ["Agent version", textOf(software.androidDevicePolicyVersionName)],
        ["Kernel", textOf(software.deviceKernelVersion) || undefined],
        ["Bootloader", textOf(software.bootloaderVersion) || undefined],
        ["Baseband", textOf(hardware.deviceBasebandVersion) || undefined],
        ["Language", textOf(software.primaryLanguageCode) || undefined],
        ["Serial number", textOf(hardware.serialNumber)],
        ["Enterprise id", textOf(hardware.enterpriseSpecificId) || undefined],
        ["IMEI", textOf(network.imei)],
        ["MEID", textOf(network.meid) || undefined],
        [
          "eSIM chips",
          listOf(hardware.euiccChipInfo)
            .map((one) => textOf(one.eid))
            .join(", ") || undefined,
        ],
      ],
    ],
    [
      "Network",
      [
        ["Wi-Fi MAC", textOf(network.wifiMacAddress)],
        ...(lines.length === 0
          ? ([
              ["Phone number", ""],
              ["Operator", textOf(network.networkOperatorName)],
            ] as const)
          : lines.map((line, index) => [`Line ${index + 1}`, lineOf(line)] as const)),
      ],
    ],
    [
      "Displays",
      listOf(told.displays).map((one, index) => [`Display ${index + 1}`, displayOf(one)] as const),
    ],
  ];
  return parts
    .filter(([, rows]) => rows.length > 0)
    .map(([name, rows]) => ({
      name,
      facts: rows.flatMap(([label, value]) =>
        value === undefined ? [] : [[label, value || "not reported"] as const],
      ),
    }));
}

/** What it reports of its security settings (its section `security`). */
export function androidSecurity(detail: unknown): Part["facts"] {
  const told = recordOf(detail);
  if (told === undefined) return [];
  const settings = recordOf(told.deviceSettings);
  // Google's JSON leaves out what is false: a setting is unknown only where none is reported.
  const flag = (key: string): string => (settings === undefined ? "" : textOf(settings[key] ?? false));
  const criteria = recordOf(told.commonCriteriaModeInfo);
  const rows: Rows = [
    ["Screen lock", flag("isDeviceSecure")],
    ["Encrypted", flag("isEncrypted")],
    ["Encryption", word(settings?.encryptionStatus)],
    ["Play Protect", flag("verifyAppsEnabled")],
    ["Unknown sources", flag("unknownSourcesEnabled")],
    ["USB debugging", flag("adbEnabled")],
    ["Developer options", flag("developmentSettingsEnabled")],
    ["Common criteria", word(criteria?.commonCriteriaModeStatus) || undefined],
    ...listOf(told.appliedPasswordPolicies).map((one) => ["Passcode rules", textOf(one)] as const),
  ];
  return rows.flatMap(([label, value]) =>
    value === undefined ? [] : [[label, value || "not reported"] as const],
  );
}

/** `UP_TO_DATE` as `up to date`: Google's words are upper case. */
export function word(value: unknown): string {
  return textOf(value).toLowerCase().replaceAll("_", " ");
}

function percent(value: unknown): string {
  return typeof value === "number" && value >= 0 && value <= 100 ? `${Math.round(value)} %` : "";
}

/** Google counts bytes, as texts. */
function gigabytes(value: unknown): string {
  const bytes = Number(textOf(value));
  return textOf(value) === "" || !Number.isFinite(bytes) ? "" : `${(bytes / 1e9).toFixed(1)} GB`;
}

function measured(text: string, at: unknown, now: number): string {
  const time = Date.parse(textOf(at));
  return text === "" || !Number.isFinite(time) ? text : `${text}, measured ${ago(time, now)}`;
}

function cardOf(event: Entry | undefined, now: number): string | undefined {
  if (event === undefined) return undefined;
  const what = word(event.eventType).replace("external storage ", "");
  const size = gigabytes(event.byteCount);
  const time = Date.parse(textOf(event.createTime));
  return [what, size, Number.isFinite(time) ? ago(time, now) : ""].filter(Boolean).join(", ");
}

function lineOf(line: Entry): string {
  const iccId = textOf(line.iccId);
  const told = [textOf(line.phoneNumber), textOf(line.carrierName), iccId === "" ? "" : `ICCID ${iccId}`];
  const active = word(line.activationState);
  return [...told, active === "activated" ? "" : active].filter(Boolean).join(", ");
}

function displayOf({ name, width, height, refreshRate, state }: Entry): string {
  const size = `${textOf(width) || "?"} × ${textOf(height) || "?"}`;
  const rate = textOf(refreshRate);
  return [textOf(name), size, rate === "" ? "" : `${rate} Hz`, word(state)].filter(Boolean).join(", ");
}
