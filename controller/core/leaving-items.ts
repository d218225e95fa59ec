import { ownItem } from "./declarations.ts";
import { heirOf } from "./declared-heirs.ts";
import type { Desired } from "./desired.ts";
import type { ExplainedItem } from "./explain.ts";
import type { GrantedItem } from "./granted.ts";
import { awaitedHeir } from "./heirs.ts";
import type { Situation } from "./situation.ts";

/** What is on its way off a device. */
export function leavingItems(desired: Desired, situation: Situation): readonly ExplainedItem[] {
  const named = new Set([
    ...desired.items.map((item) => item.key),
    ...desired.conflicts.map((one) => one.key),
    ...desired.unsupported.flatMap((one) => (one.stays === true ? one.key : [])),
    ...(situation.granted?.items ?? []).map((item) => item.key),
  ]);
  return Object.entries(situation.observed.owned)
    .filter(([key]) => !named.has(key))
    .map(([key, owned]) => ({
      key,
      state: "leaving",
      because: becauseOf(awaitedHeir(key, owned, situation)),
      digest: owned.digest,
    }));
}

function becauseOf(heir: GrantedItem | undefined): string {
  return heir === undefined ? "no policy declares it any more" : `stays until ${heir.key} is there`;
}

/** What was handed out before goes when the device comes for its declarations again. */
export function leavingDeclarations(desired: Desired, situation: Situation): readonly ExplainedItem[] {
  const { granted, declared, observed } = situation;
  const named = new Set([
    ...desired.items.map((item) => item.key),
    ...desired.conflicts.map((one) => one.key),
    ...desired.unsupported.map((one) => one.key),
    ...(granted?.items ?? []).map((item) => item.key),
    ...Object.keys(observed.owned),
    ownItem,
  ]);
  const entries = new Map((declared?.entries ?? []).map((entry) => [entry.item, entry]));
  return [...entries.values()]
    .filter(({ item }) => !named.has(item))
    .map((entry) => ({ key: entry.item, state: "leaving", because: becauseOf(heirOf(entry, situation)) }));
}
