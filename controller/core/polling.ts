import type { GrantedItem, Section } from "./granted.ts";
import { sectionOf } from "./item-state.ts";
import type { Situation } from "./situation.ts";

/** An acknowledged app is looked at again at growing intervals; a profile at once. */
export function verifyFrom(item: GrantedItem, since: number, situation: Situation): number {
  const seen = situation.state.collected[sectionOf(item.kind)] ?? 0;
  return seen <= since ? since : pollFrom(sectionOf(item.kind), since, situation);
}

const second = 1_000;

/** When a section that still changes is looked at again; epoch ms. */
export function pollFrom(section: Section, since: number, situation: Situation): number {
  const last = situation.state.collected[section] ?? 0;
  return last + Math.min(3_600 * second, Math.max(second, Math.floor((last - since) / 2)));
}
