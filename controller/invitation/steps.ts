/** What somebody holds in hand who opens a link. */
export type Kind = "iphone" | "ipad" | "mac" | "android" | "other";

/** What an Apple profile can be installed on. */
export type AppleKind = Exclude<Kind, "android" | "other">;

/**
 * What a browser says it runs on; `other` for what cannot be enrolled with a link. Safari on an iPad calls itself a
 * Mac, unless told otherwise.
 */
export function kindOf(userAgent: string | undefined): Kind {
  if (userAgent === undefined) return "other";
  if (/\b(iPhone|iPod)\b/.test(userAgent)) return "iphone";
  if (/\biPad\b/.test(userAgent)) return "ipad";
  if (/\bAndroid\b/.test(userAgent)) return "android";
  return /\bMacintosh\b/.test(userAgent) ? "mac" : "other";
}

const onTouch = [
  "Settings shows “Profile Downloaded”: tap it. It is also under General, VPN & Device Management.",
  "Tap Install, enter the passcode of the device, and confirm that the device will be managed.",
] as const;

/** What a person does after the profile has been downloaded, in the words of the system's settings. */
export const steps: Readonly<Record<AppleKind, readonly string[]>> = {
  iphone: ["Tap Allow, and close the message. The profile waits in Settings.", ...onTouch],
  ipad: ["Tap Allow, and close the message. The profile waits in Settings.", ...onTouch],
  mac: [
    "Open System Settings, General, Device Management. Before macOS 15 it is Privacy & Security, Profiles.",
    "Double-click the profile, click Install, and enter the password of an administrator of this Mac.",
  ],
};

/** What Apple's device management lets an organization see of a device that is enrolled with a profile. */
export const canSee = [
  "model, serial number, name and system version of the device",
  "names and versions of its apps",
  "battery level, storage, and security settings such as whether a passcode is set",
  "profiles and certificates on it",
] as const;

/** What it lets an organization do. */
export const canDo = [
  "install and remove settings, such as Wi-Fi, mail accounts and restrictions",
  "install and remove the apps of the organization",
  "lock the device, remove its passcode, or erase it",
] as const;

/** What it has no means for. */
export const cannotSee = [
  "messages, mail, calls, photos, browsing history, or what is in your own apps",
] as const;
