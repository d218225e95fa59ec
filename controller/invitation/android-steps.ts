import type { AndroidMode } from "./page.ts";

/** What a person does to enroll an Android device, by the state that it is in. */
export interface AndroidWay {
  readonly title: string;
  readonly steps: readonly string[];
}

const onNew: AndroidWay = {
  title: "An Android device that is new or was reset",
  steps: [
    "Open the link on another screen, and press the button: it shows a QR code.",
    "On the first screen of the device, tap the same place six times.",
    "Connect it to a network if it asks, and point its camera at the code.",
    "Without a camera: go on until it asks for a Google account, enter afw#setup instead of an address, and type in the enrollment id below the code.",
  ],
};

const inUse: AndroidWay = {
  title: "An Android device that is in use",
  steps: [
    "Open the link on the device, and press the button.",
    "Press “Set up the work profile”, and follow the device.",
    "If nothing opens: Settings, Google, Set up your work profile; then scan the code, or type in the enrollment id below it.",
  ],
};

/** In the words of Google's documentation (Android Management API, Provision a device). */
export function androidSteps(mode: AndroidMode): readonly AndroidWay[] {
  return mode === "workProfile" ? [inUse, onNew] : [onNew];
}

/** What the organization can do with a device in each mode, and what it cannot see. */
export const androidSees: Readonly<
  Record<AndroidMode, { readonly can: readonly string[]; readonly cannot: readonly string[] }>
> = {
  fullyManaged: whole(),
  dedicated: whole(),
  workProfile: {
    can: [
      "see the model and version of the device, whether it is secure, and the apps of the work profile",
      "install and remove the apps and settings of the work profile, and remove the profile with all that is in it",
      "require a passcode",
      "on a device that was set up as new, which then belongs to the organization: lock and erase all of it",
    ],
    cannot: ["your own apps, photos, messages, calls and browsing history"],
  },
};

function whole() {
  return {
    can: [
      "see the model, serial number and version of the device, its apps, battery and storage",
      "install and remove apps and settings, such as Wi-Fi and restrictions",
      "lock the device, change its passcode, or erase it",
    ],
    cannot: ["messages, mail, calls, photos, browsing history, or what is in your own apps"],
  };
}
