import type { Platform } from "../facts.ts";
import type { Requirement } from "./requirement.ts";

const systemNames: Readonly<Record<Platform, string>> = {
  ios: "iOS",
  ipados: "iPadOS",
  macos: "macOS",
  tvos: "tvOS",
  visionos: "visionOS",
  watchos: "watchOS",
  android: "Android",
};

const plain: Readonly<Record<string, string>> = {
  supervised: "needs a supervised device",
  automated: "needs Automated Device Enrollment",
  "user-approved": "needs an enrollment that its user approved",
  "device-channel": "exists for devices and not for users",
  "user-channel": "exists for users and not for devices",
  "user-enrollment": "needs User Enrollment",
  "no-user-enrollment": "does not exist in User Enrollment",
  "shared-ipad": "needs a Shared iPad",
  "no-shared-ipad": "does not exist on a Shared iPad",
};

/** A platform as people write it. */
export function systemName(platform: Platform): string {
  return systemNames[platform];
}

/** A requirement as the end of a sentence: `needs iOS 17.0`. */
export function requirementText(requirement: Requirement, platform: Platform): string {
  const system = systemNames[platform];
  if (requirement.type === "never") return `does not exist on ${system}`;
  if (requirement.type === "since") return `needs ${system} ${requirement.version}`;
  if (requirement.type === "until") return `ended with ${system} ${requirement.version}`;
  if (requirement.type === "enrollment")
    return `needs one of these enrollments: ${requirement.allowed.join(", ") || "none"}`;
  if (requirement.type === "right") return `needs the access right ${requirement.right}`;
  return plain[requirement.type] ?? requirement.type;
}
