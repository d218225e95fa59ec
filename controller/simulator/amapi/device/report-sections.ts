import { timestamp } from "../google/wire-json.ts";
import type { Device } from "../kept.ts";
import type { Machine, Mode } from "./machine.ts";

const GIGABYTE = 1_073_741_824;

export function software({ android, offered }: Machine, now: number): NonNullable<Device["softwareInfo"]> {
  return {
    androidVersion: String(android),
    androidBuildNumber: `EMU${android}.2026`,
    androidBuildTime: "2026-09-01T00:00:00.000Z",
    securityPatchLevel: "2026-09-05",
    bootloaderVersion: "emu-1.0",
    deviceKernelVersion: "6.1.0-emu",
    primaryLanguageCode: "en-US",
    androidDevicePolicyVersionCode: 11_223_344,
    androidDevicePolicyVersionName: "11.22.33",
    systemUpdateInfo: {
      updateStatus: offered === undefined ? "UP_TO_DATE" : "OS_UPDATE_AVAILABLE",
      updateReceivedTime: timestamp(offered?.since ?? now),
    },
  };
}

export function settings({ password }: Machine): NonNullable<Device["deviceSettings"]> {
  return {
    isDeviceSecure: password !== undefined,
    isEncrypted: true,
    encryptionStatus: "ACTIVE_PER_USER",
    verifyAppsEnabled: true,
  };
}

export function posture(): NonNullable<Device["securityPosture"]> {
  return { devicePosture: "SECURE" };
}

/** Apps of the managed side alone; those on a personal side are nobody's business. */
export function appReports(
  { apps }: Machine,
  removed: readonly string[],
): NonNullable<Device["applicationReports"]> {
  const installed = [...apps].filter(([, { versionCode }]) => versionCode > 0);
  const gone = removed.filter((packageName) => !apps.has(packageName));
  return [
    ...installed.map(([packageName, { versionCode }]) => ({
      packageName,
      displayName: packageName.split(".").at(-1) ?? packageName,
      versionCode,
      versionName: `${versionCode / 100}`,
      state: "INSTALLED",
      applicationSource: "INSTALLED_FROM_PLAY_STORE",
      installerPackageName: "com.android.vending",
      userFacingType: "USER_FACING",
    })),
    ...[...new Set(gone)].map((packageName) => ({ packageName, state: "REMOVED" })),
  ];
}

export function memory(now: number): Pick<Device, "memoryInfo" | "memoryEvents"> {
  const free = { eventType: "INTERNAL_STORAGE_MEASURED", createTime: timestamp(now) };
  return {
    memoryInfo: { totalRam: String(8 * GIGABYTE), totalInternalStorage: String(110 * GIGABYTE) },
    memoryEvents: [{ ...free, byteCount: String(64 * GIGABYTE) }],
  };
}

/** What identifies a SIM or the device itself is not for the company when the device is a person's. */
export function network({ imei, esims }: Machine, mode: Mode): NonNullable<Device["networkInfo"]> {
  if (mode === "work-profile") return {};
  const iccId = esims[0] ?? `8941${imei.slice(0, 14)}`;
  const telephony = { carrierName: "Emulated Mobile", phoneNumber: `+41${imei.slice(-9)}`, iccId };
  return {
    imei,
    wifiMacAddress: `02:00:${imei.slice(-8).replace(/(..)(?=.)/g, "$1:")}`,
    ...(mode === "fully-managed" ? { telephonyInfos: [{ ...telephony, activationState: "ACTIVATED" }] } : {}),
  };
}

export function power({ bootedAt }: Machine, now: number): NonNullable<Device["powerManagementEvents"]> {
  return [
    { eventType: "BOOT_COMPLETED", createTime: timestamp(bootedAt) },
    { eventType: "BATTERY_LEVEL_COLLECTED", createTime: timestamp(now), batteryLevel: 62 },
  ];
}
