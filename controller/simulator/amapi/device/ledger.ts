import type { Policy } from "../kept.ts";

/** What really happened to a device, whatever Google's record says. Tests read it as the truth. */
export type DeviceEvent =
  | { readonly type: "enrolled"; readonly name: string; readonly mode: string }
  | { readonly type: "enrollment-failed"; readonly reason: string }
  | {
      readonly type: "policy-applied";
      readonly name: string;
      readonly version: number;
      readonly content: Policy;
    }
  | { readonly type: "app-installed"; readonly packageName: string; readonly versionCode: number }
  | { readonly type: "app-updated"; readonly packageName: string; readonly versionCode: number }
  | { readonly type: "app-failed"; readonly packageName: string; readonly reason: string }
  /** By the policy that blocks or omits it, by its user, or with the management. */
  | { readonly type: "app-uninstalled"; readonly packageName: string; readonly by: "policy" | "user" }
  | { readonly type: "app-data-cleared"; readonly packageName: string }
  /** The device is held in one app, or in none any more. */
  | { readonly type: "kiosk"; readonly packageName: string | undefined }
  | { readonly type: "command"; readonly command: string; readonly outcome: string }
  | { readonly type: "locked"; readonly scope: "device" | "work-profile" }
  | { readonly type: "password-reset"; readonly scope: "device" | "work-profile"; readonly cleared: boolean }
  | { readonly type: "rebooted" }
  | { readonly type: "os-updated"; readonly android: number }
  | { readonly type: "lost-mode"; readonly on: boolean; readonly by: "command" | "user" }
  | { readonly type: "esim"; readonly done: "added" | "removed"; readonly subject: string }
  | { readonly type: "eid-asked"; readonly given: boolean }
  | { readonly type: "message"; readonly text: string }
  | { readonly type: "disabled" }
  | { readonly type: "enabled" }
  /** Settings that the device has not fulfilled for too long have blocked it. */
  | { readonly type: "blocked"; readonly settings: readonly string[] }
  | { readonly type: "unblocked" }
  /** Everything on the device is gone. */
  | { readonly type: "wiped"; readonly by: Ending; readonly flags: readonly string[] }
  /** The work side is gone; the rest of the device is as it was. */
  | { readonly type: "work-profile-removed"; readonly by: Ending }
  | { readonly type: "user"; readonly action: string; readonly done: boolean };

/** What ended the management of a device. */
export type Ending =
  | "command"
  | "relinquish"
  | "delete"
  | "enforcement"
  | "wrong-passwords"
  | "user"
  | "failed-enrollment";

export type DeviceEntry = { readonly at: number } & DeviceEvent;
export type EntryOf<T extends DeviceEvent["type"]> = Extract<DeviceEntry, { type: T }>;

export type DeviceLedger = {
  readonly entries: readonly DeviceEntry[];
  /** Entries of one type, oldest first. */
  of<T extends DeviceEvent["type"]>(type: T): EntryOf<T>[];
};

/** The ledger that a machine's entries make. */
export function ledgerOf(entries: readonly DeviceEntry[]): DeviceLedger {
  return { entries, of: (type) => entries.filter((entry) => entry.type === type) as never };
}
