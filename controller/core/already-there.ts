import type { DeviceError } from "./report.ts";

/** The app is there or on its way; the observation decides. The word is Apple's schema, the codes are older than it. */
export function isAlreadyThere(error: DeviceError): boolean {
  if (error.domain === "RejectionReason") return alreadyThere.has(error.text);
  return error.domain === "MCMDMErrorDomain" && (error.code === 12025 || error.code === 12042);
}

const alreadyThere: ReadonlySet<string> = new Set(["AppAlreadyInstalled", "AppAlreadyQueued"]);
