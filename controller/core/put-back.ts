import type { Once, PutBack } from "./beside-kept.ts";
import type { Desired } from "./desired.ts";
import type { GrantedItem } from "./granted.ts";
import type { WaitingChange } from "./waiting.ts";

/** Why items stand as they were before anything was said about what leaves. */
export function putBackBy(
  desired: Desired,
  waiting: readonly WaitingChange[],
  leaving: readonly GrantedItem[],
): PutBack {
  const observed = desired.items.filter(({ observe }) => observe);
  const late = waiting.flatMap(({ from, reason }) =>
    from === undefined ? [] : [[from.key, reason] as const],
  );
  return {
    reasons: new Map([...observed.map(({ key }) => [key, watchedReason] as const), ...late]),
    late: new Set([...late.map(([key]) => key), ...leaving.map(({ key }) => key)]),
  };
}

/** Why an item of a policy that only watches stays. */
export const watchedReason = "its policy is in observe mode";

/** What leaves in a window, and what waits for one with something else, whose name or identifier it would have. */
export function waitingBeside({ retained, withheld, late }: Once): readonly WaitingChange[] {
  const isLate = ({ key }: GrantedItem): boolean => late.has(key);
  return [
    ...withheld.filter(isLate).map((to) => ({ key: to.key, reason: to.retained, to })),
    ...retained.filter(isLate).map((from) => ({ key: from.key, reason: from.retained, from })),
  ];
}

/** The first of each key. */
export function onceByKey<T extends { readonly key: string }>(all: readonly T[]): readonly T[] {
  const found = new Map<string, T>();
  for (const one of all) if (!found.has(one.key)) found.set(one.key, one);
  return [...found.values()];
}
