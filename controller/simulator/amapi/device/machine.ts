import type { Cloud } from "../cloud.ts";
import type { Command, Detail, Policy } from "../kept.ts";
import type { DeviceEntry, DeviceEvent } from "./ledger.ts";

/** How a device is managed. A dedicated device is a fully managed one without a person. */
export type Mode = "fully-managed" | "work-profile" | "company-work-profile";

export type Moods = {
  /** Everything takes much longer. */
  slow?: boolean;
  /** Its person says no whenever asked. */
  declines?: boolean;
  /** Every installation fails for this reason of Google's. */
  appsFail?: string;
  /** It talks to Google and carries out no commands. */
  stuck?: boolean;
  /** The serial number that it claims to have. */
  claims?: string;
};

export type App = {
  versionCode: number;
  state: "absent" | "installing" | "installed" | "updating" | "uninstalling";
  /** When it is no longer installing, updating or uninstalling. */
  dueAt?: number;
  /** Why the last installation failed. */
  failure?: string;
  by: "policy" | "user";
};

export type Management = {
  readonly name: string;
  readonly mode: Mode;
  readonly ownership: string;
  readonly managementMode: string;
  state: string;
  applied?: { readonly name: string; readonly version: number; readonly body: Policy };
  kiosk?: string;
  /** Settings that are not fulfilled, and since when. */
  failing: Map<string, number>;
  blocked: boolean;
  /** What is to be reported although no section of the device says it. */
  removedApps: string[];
};

/** A phone or tablet: plain data, so that it survives a restart. */
export type Machine = {
  readonly serial: string;
  readonly brand: string;
  readonly model: string;
  readonly imei: string;
  android: number;
  online: boolean;
  moods: Moods;
  /** Names under which it has been enrolled, the oldest first. */
  names: string[];
  management?: Management;
  /** Apps on the managed side. */
  apps: Map<string, App>;
  /** The digest, the length and the kind of the lock of the managed side. */
  password?: { readonly digest: string; readonly length: number; readonly numeric: boolean };
  eid?: string;
  esims: string[];
  bootedAt: number;
  /** A newer Android that the device has been offered, and since when. */
  offered?: { readonly android: number; readonly since: number };
  /** Wrong passwords since the last right one. */
  wrongPasswords: number;
  /** What it reports besides what it finds out about its policy. */
  alsoReports: Detail[];
  passwordResetAt?: number;
  leftLostModeAt?: number;
  /** Outcomes that commands of a type have instead of being carried out, the next one first. */
  outcomes: Map<string, Command[]>;
  readonly ledger: DeviceEntry[];
};

/** The API level of an Android version from 8 on. */
export function apiLevel(android: number): number {
  return android <= 8 ? 26 : android <= 11 ? android + 19 : android === 12 ? 31 : android + 20;
}

/** Fully managed, or with a work profile on a device of the company or of its person. */
export function modeOf(ownership: string, managementMode: string): Mode {
  if (managementMode === "DEVICE_OWNER") return "fully-managed";
  return ownership === "COMPANY_OWNED" ? "company-work-profile" : "work-profile";
}

export function note(cloud: Cloud, machine: Machine, event: DeviceEvent): void {
  machine.ledger.push({ at: cloud.now(), ...event });
}

/** So many milliseconds, or much more on a slow device. */
export function pace({ knobs }: Cloud, { moods }: Machine, ms: number): number {
  return moods.slow === true ? ms * knobs.slowFactor : ms;
}
