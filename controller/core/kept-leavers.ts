import { besideKept, type Once, type PutBack, type Retained } from "./beside-kept.ts";
import type { GrantedItem } from "./granted.ts";
import { type Guards, holdLinkRemovals, isolatingBudgetUsed, type LinkRemovals } from "./isolation.ts";

interface Around {
  readonly items: readonly GrantedItem[];
  readonly earlier: readonly GrantedItem[];
  /** New items that guards of their own hold back. */
  readonly withheld: readonly Retained[];
  readonly back: PutBack;
}

/**
 * What stays of what leaves: what `otherwise` says, and what devices may need. What keeps the place of a new item lets it
 * not come, so that nothing goes for it, which may keep more.
 */
export function keepLeavers(
  leaving: readonly GrantedItem[],
  otherwise: (item: GrantedItem) => string | undefined,
  around: Around,
  guards: Guards,
): { readonly once: Once; readonly links: LinkRemovals } {
  const { items, earlier, withheld, back } = around;
  // A budget has room again by itself; what waits for a word may never come.
  const soon = withheld.filter(({ retained }) => retained === isolatingBudgetUsed);
  const settle = (because: (item: GrantedItem) => string | undefined): ReturnType<typeof keepLeavers> => {
    const kept = leaving.flatMap((item): readonly Retained[] => {
      const retained = because(item);
      return retained === undefined ? [] : [{ ...item, retained }];
    });
    const once = besideKept(items, kept, earlier, back);
    const links = holdLinkRemovals(leaving, { earlier, items: [...once.given, ...soon] }, guards);
    const next = (item: GrantedItem): string | undefined => because(item) ?? links.reasons.get(item.key);
    if (leaving.some((item) => because(item) === undefined && next(item) !== undefined)) return settle(next);
    const last = (one: Retained): Retained => (links.last.has(one.key) ? { ...one, last: true } : one);
    return { once: { ...once, retained: once.retained.map(last) }, links };
  };
  return settle(otherwise);
}
