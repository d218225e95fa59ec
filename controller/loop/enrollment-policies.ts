import type { Compiled, DeviceEntry } from "../core/compiled.ts";
import { type EnrollmentRules, refusalOf } from "../core/enrollment-rules.ts";
import type { Facts, Platform } from "../core/facts.ts";

/** As far as it decides whether a device may enroll. `ids.udid` is absent in User Enrollment alone. */
export interface Newcomer {
  readonly ids: { readonly udid?: string | undefined };
  readonly channel: { readonly id: string };
  readonly device: { readonly serial?: string | undefined; readonly imei?: string | undefined };
  readonly facts: Facts;
}

/** What the policies in force say of devices that come. */
export interface EnrollmentPolicies {
  readonly rules: EnrollmentRules;
  readonly deviceLimit: number | undefined;
  /** Why the device that authenticates may not enroll; undefined when it may. */
  readonly refusal: (
    message: Newcomer,
    invited: { readonly asserted: Facts },
  ) => ReturnType<typeof refusalOf>;
}

/** Those of a revision. */
export function enrollmentPoliciesOf(compiled: Compiled): EnrollmentPolicies {
  const { enrollment: rules, deviceLimit } = compiled.organization;
  return {
    rules,
    deviceLimit,
    refusal({ ids, channel, device, facts }, invited) {
      const entries = namedBy(compiled.devices, [device.serial, channel.id]);
      const said = entries.map((entry) => entry.ownership).find((one) => one !== undefined);
      // User Enrollment is for personal devices; there is no UDID in it.
      const byUser = ids.udid === undefined ? "personal" : undefined;
      return refusalOf(rules, {
        platform: facts.platform?.value as Platform | undefined,
        ownership: byUser ?? said ?? ownershipIn(invited.asserted),
        declared:
          entries.length > 0 ||
          namedBy(compiled.devices, [device.imei]).length > 0 ||
          invited.asserted.enrollment?.value === "automated",
      });
    },
  };
}

function ownershipIn(asserted: Facts): "company" | "personal" | undefined {
  const value = asserted.ownership?.value;
  return value === "company" || value === "personal" ? value : undefined;
}

const indexes = new WeakMap<readonly DeviceEntry[], ReadonlyMap<string, readonly DeviceEntry[]>>();

/** The entries of manifests and registers for these words, which may be 100,000 in all: looked up, not searched. */
function namedBy(
  devices: readonly DeviceEntry[],
  words: readonly (string | undefined)[],
): readonly DeviceEntry[] {
  const index = indexes.get(devices) ?? indexOf(devices);
  indexes.set(devices, index);
  return words.flatMap((word) => (word === undefined ? [] : (index.get(word) ?? [])));
}

function indexOf(devices: readonly DeviceEntry[]): ReadonlyMap<string, readonly DeviceEntry[]> {
  const index = new Map<string, DeviceEntry[]>();
  for (const entry of devices)
    for (const word of [entry.match.serial, entry.match.enrollmentId, entry.match.imei])
      if (word !== undefined) index.set(word, [...(index.get(word) ?? []), entry]);
  return index;
}
