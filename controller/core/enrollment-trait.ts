import type { DeviceTraits } from "./apple-schema/requirement.ts";
import type { Facts } from "./facts.ts";

/**
 * How a device is enrolled, as the gates of Apple's schema tell ways apart; undefined while nobody has said. An account
 * may begin both: User Enrollment, which says so, or the management of the whole device.
 */
export function enrollmentTrait(facts: Facts): DeviceTraits["enrollment"] {
  if (isUserEnrollment(facts)) return "user";
  const way = facts.enrollment?.value;
  if (way === "automated") return "automated";
  return way === "manual" || way === "account" ? "device" : undefined;
}

/** True for Apple's User Enrollment: a personal device, of which only what is managed can be seen. */
export function isUserEnrollment(facts: Facts): boolean {
  return facts.enrollmentType?.value === "user";
}
