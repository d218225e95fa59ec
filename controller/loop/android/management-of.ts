import { type Blame, blame } from "../../android/blame.ts";
import { judgeDetail, type NonComplianceDetail } from "../../android/non-compliance.ts";
import type { AndroidReading } from "../../android/read-device.ts";
import type { AndroidManagement, NotKept } from "../../store/android-devices.ts";
import type { Rendering } from "../../store/android-policies.ts";

const mostNotKept = 50;

/**
 * What of Google's record people are shown beside the device's policy; `rendering` is the policy that it has applied.
 * What a device does not comply with is told by the items that asked for it.
 */
export function managementOf(reading: AndroidReading, rendering: Rendering | undefined): AndroidManagement {
  const { appliedState, enrolledAt, syncedAt, posture, details } = reading;
  // Google's JSON leaves out what is false.
  const isCompliant =
    reading.isCompliant ??
    (reading.applied !== undefined && reading.reportedAt !== undefined ? false : undefined);
  const told = rendering === undefined ? { items: [], unexplained: details } : blame(details, rendering);
  const notKept = [...told.items.map(blamed), ...told.unexplained.map(unexplained)];
  return { appliedState, isCompliant, enrolledAt, syncedAt, posture, notKept: notKept.slice(0, mostNotKept) };
}

function blamed({ item, leaf, verdict, reason }: Blame): NotKept {
  return { item, setting: leaf, verdict, reason };
}

function unexplained(detail: NonComplianceDetail): NotKept {
  const { fieldPath, packageName, settingName } = detail;
  return { setting: fieldPath ?? packageName ?? settingName, ...judgeDetail(detail) };
}
