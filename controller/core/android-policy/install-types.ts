import type { GrantedItem } from "../granted.ts";

/**
 * How a policy's wish is said to Google (ApplicationPolicy.installType). A kiosk app is a role of an app that must be
 * there before the device is used; the install type KIOSK is deprecated, and the two exclude each other. Nothing else
 * holds set-up back, so that an app which does not come keeps nobody from a device.
 */
export const installTypes: Readonly<Record<NonNullable<GrantedItem["wish"]>, string>> = {
  required: "FORCE_INSTALLED",
  installed: "PREINSTALLED",
  available: "AVAILABLE",
  blocked: "BLOCKED",
  kiosk: "REQUIRED_FOR_SETUP",
};
