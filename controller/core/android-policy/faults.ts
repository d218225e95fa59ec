import { checkAndroid } from "../android-schema/read-value.ts";
import { androidFinding, isUnknownLength } from "../check/android-faults.ts";
import { pathText } from "../path-text.ts";
import type { Body } from "./build-body.ts";
import { sourceFinder } from "./sources.ts";

/** Why a policy must not be sent: Google would refuse all of it. */
export interface PolicyFault {
  /** Keys of the items that are to blame. */
  readonly items: readonly string[];
  readonly reason: string;
}

/** No more of them are told: one is enough to keep a policy back. */
const mostFaults = 20;

/**
 * What Google's tables have against a whole policy. Each fragment was valid by itself, so this is what only shows when
 * they are put together: too many apps, a role that two of them hold, a field that still lacks what it needs.
 */
export function faultsOf({ body, sources }: Body): readonly PolicyFault[] {
  const find = sourceFinder(sources);
  return checkAndroid("Policy", body)
    .filter((fault) => !isUnknownLength(fault))
    .slice(0, mostFaults)
    .map((fault) => {
      const { message, detail = [] } = androidFinding(fault);
      const found = find(pathText(fault.path));
      const items = [...new Set(found.flatMap((one) => one.items))].sort();
      return { items, reason: [message, ...detail].join(": ").replace(/\.$/, "") };
    });
}
