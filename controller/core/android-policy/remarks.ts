import type { Content, Granted } from "../granted.ts";
import { isAndroid } from "../granted.ts";
import type { PolicyFault } from "./faults.ts";
import type { Overruled } from "./merge-leaves.ts";
import { renderAndroidPolicy } from "./render-policy.ts";

/** What only shows when a granted state is rendered to one policy. */
export interface PolicyRemarks {
  /** Why Google would refuse all of it; then none of it is sent. */
  readonly faults: readonly PolicyFault[];
  /** Values that one item asks for and another decides otherwise. */
  readonly overruled: readonly Overruled[];
}

const nothing: PolicyRemarks = { faults: [], overruled: [] };

/**
 * Renders a granted state to see what becomes of it. Where a content is not at hand nothing is said of faults: what is
 * missing may be what they rest on.
 */
export function remarksOn(
  granted: Granted,
  contentOf: (digest: string) => Content | undefined,
): PolicyRemarks {
  const items = [...granted.items, ...(granted.leftAlone ?? [])].filter(({ kind }) => isAndroid(kind));
  if (items.length === 0) return nothing;
  const { faults, overruled } = renderAndroidPolicy(granted, contentOf);
  const isWhole = items.every(({ digest }) => contentOf(digest) !== undefined);
  return { faults: isWhole ? faults : [], overruled: overruled.filter(({ item }) => item !== "reeve") };
}

/** `cameraAccess is decided by Profile/other`: each value of an item that is not as the item has it. */
export function overruledTexts({ overruled }: PolicyRemarks, key: string): readonly string[] {
  return overruled.filter(({ item }) => item === key).map(({ path, by }) => `${path} is decided by ${by}`);
}

/** Why none of a policy is sent, as a person is told it of one of the items that are to blame. */
export function refusedText({ reason }: PolicyFault): string {
  return `Google would refuse the whole policy, and nothing of it is sent: ${reason}`;
}
