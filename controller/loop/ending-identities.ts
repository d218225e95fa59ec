import { countEnding } from "../store/certificates.ts";
import type { Looking } from "./view-devices.ts";
import type { StatusView } from "./views.ts";

/** What a person should know of identities that were not renewed in time. */
export async function endingIdentities({
  store,
  clock,
  renewBeforeMs,
}: Looking): Promise<StatusView["warnings"]> {
  const { ended, ending } = await countEnding(store, clock(), renewBeforeMs);
  return [
    ...warning(
      ending,
      "must renew its identity soon or be lost",
      "must renew their identity soon or be lost",
      hints.ending,
    ),
    ...warning(
      ended,
      "has an identity that has ended: it is refused",
      "have identities that have ended: they are refused",
      hints.ended,
    ),
  ];
}

const hints = {
  ending: "reeve operations --status failed, and find the devices that are silent",
  ended: "enroll it again with an invitation for its serial number",
} as const;

function warning(count: number, one: string, several: string, hint: string): StatusView["warnings"] {
  if (count === 0) return [];
  return [{ message: count === 1 ? `1 device ${one}` : `${count} devices ${several}`, hint }];
}
