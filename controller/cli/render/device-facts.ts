/** What devices reported is JSON of any shape: everything here takes anything and throws nothing. */
export type Entry = Readonly<Record<string, unknown>>;

export function recordOf(value: unknown): Entry | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Entry) : undefined;
}

export function listOf(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? value.map(recordOf).filter((one) => one !== undefined) : [];
}

/** Text for people; empty for nothing. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return JSON.stringify(value).slice(0, 200);
  return String(value);
}

/** Facts under one heading. */
export interface Part {
  readonly name: string;
  readonly facts: readonly (readonly [string, string])[];
}

type Show = (value: unknown) => string;

const percent: Show = (value) =>
  typeof value === "number" && value >= 0 && value <= 1 ? `${Math.round(value * 100)} %` : "";
const gigabytes: Show = (value) => (typeof value === "number" ? `${value.toFixed(1)} GB` : textOf(value));
const account: Show = (value) => (value === true ? "active" : value === false ? "inactive" : "");

/** The device portal's words for what DeviceInformation (Apple) reports; several keys: the first that is there. */
const parts: readonly {
  readonly name: string;
  readonly rows: readonly (readonly [string, readonly string[], Show?])[];
}[] = [
  {
    name: "Status",
    rows: [
      ["Battery", ["BatteryLevel"], percent],
      ["Storage", ["DeviceCapacity"], gigabytes],
      ["Storage free", ["AvailableDeviceCapacity"], gigabytes],
      ["Store account", ["iTunesStoreAccountIsActive"], account],
      ["Supervised", ["IsSupervised"]],
      ["Lost mode", ["IsMDMLostModeEnabled"]],
      ["Activation lock", ["IsActivationLockEnabled"]],
      ["Last backup", ["LastCloudBackupDate"]],
    ],
  },
  {
    name: "Device",
    rows: [
      ["Name", ["DeviceName"]],
      ["Model", ["ModelName"]],
      ["Product", ["ProductName", "Model"]],
      ["Model number", ["ModelNumber"]],
      ["Manufacturer", ["manufacturer"]],
      ["OS version", ["OSVersion"]],
      ["OS supplement", ["SupplementalOSVersionExtra"]],
      ["Build", ["BuildVersion"]],
      ["Agent version", ["agentVersion"]],
      ["Serial number", ["SerialNumber"]],
      ["IMEI", ["IMEI"]],
      ["MEID", ["MEID"]],
      ["Time zone", ["TimeZone"]],
    ],
  },
  {
    name: "Network",
    rows: [
      ["Phone number", ["PhoneNumber"]],
      ["Operator", ["CurrentCarrierNetwork", "SubscriberCarrierNetwork"]],
      ["ICCID", ["ICCID"]],
      ["Wi-Fi MAC", ["WiFiMAC"]],
      ["Bluetooth MAC", ["BluetoothMAC"]],
      ["Ethernet MAC", ["EthernetMAC"]],
      ["Roaming", ["IsRoaming"]],
      ["Data roaming", ["DataRoamingEnabled"]],
      ["Personal hotspot", ["PersonalHotspotEnabled"]],
      ["Host name", ["HostName", "LocalHostName"]],
    ],
  },
];

/** Asked of every device: where it says nothing, that is said. */
const expected: ReadonlySet<string> = new Set([
  "Battery",
  "Storage",
  "Storage free",
  "Store account",
  "Supervised",
  "IMEI",
  "Phone number",
  "Operator",
  "Wi-Fi MAC",
  "Bluetooth MAC",
  "Roaming",
]);

const named: ReadonlySet<string> = new Set([
  ...parts.flatMap((part) => part.rows.flatMap(([, keys]) => keys)),
  "UDID",
  "ServiceSubscriptions",
]);

/** What a device reports about itself, in parts; keys without a name of ours stand in the last one as they are. */
export function partsOf(detail: unknown): readonly Part[] {
  const reported = recordOf(detail);
  if (reported === undefined) return [];
  const shown = parts.map(({ name, rows }) => ({
    name,
    facts: rows.flatMap(([label, keys, show = textOf]): readonly (readonly [string, string])[] => {
      const value = show(reported[keys.find((key) => reported[key] !== undefined) ?? ""]);
      if (value !== "") return [[label, value]];
      return expected.has(label) ? [[label, "not reported"]] : [];
    }),
  }));
  const subscriptions = listOf(reported.ServiceSubscriptions).map(subscription);
  const others = Object.entries(reported)
    .filter(([key]) => !named.has(key))
    .map(([key, value]) => [key, textOf(value)] as const);
  const all = [...shown, { name: "Lines", facts: subscriptions }, { name: "Other", facts: others }];
  return all.filter((part) => part.facts.length > 0);
}

/** One SIM or eSIM: `Slot`, number, operator and IMEI. */
function subscription(line: Entry, index: number): readonly [string, string] {
  const told = ["PhoneNumber", "CurrentCarrierNetwork", "IMEI", "ICCID", "EID"]
    .map((key) => (textOf(line[key]) === "" ? "" : `${key} ${textOf(line[key])}`))
    .filter((text) => text !== "");
  return [textOf(line.Label) || `Line ${index + 1}`, told.join(", ")];
}
