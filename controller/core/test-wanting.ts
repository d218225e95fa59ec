import type { Desired } from "./desired.ts";
import type { GrantedItem } from "./granted.ts";

/** A desired state of these items. */
export function wanting(...items: readonly GrantedItem[]): Desired {
  const none = { conflicts: [], lifted: [], unsupported: [], watched: [], notApplicable: [] };
  const origin = { file: "p.yaml", line: 1, column: 1 };
  return {
    ...none,
    items: items.map((item) => ({ ...item, origin, observe: false })),
    inventory: [],
    groups: [],
    perUser: [],
    watching: [],
  };
}
