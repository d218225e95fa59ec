import type { GrantedItem } from "./granted.ts";
import { idOf } from "./replaced-by.ts";

type Retained = GrantedItem & { readonly retained: string };

/**
 * Devices have nothing twice. Where what a guard keeps has the name of a new item, this waits with it; and so does what
 * the new one would have taken the identifier of, under whatever name, for nobody else has that now.
 */
export function besideKept(
  items: readonly GrantedItem[],
  retained: readonly Retained[],
  earlier: readonly GrantedItem[],
): { readonly given: readonly GrantedItem[]; readonly retained: readonly Retained[] } {
  const byKey = new Map(items.map((item) => [item.key, item]));
  const byId = new Map(earlier.map((item) => [idOf(item), item]));
  const staying = new Map(retained.map((one) => [one.key, one]));
  // What is added has its turn as well.
  for (const { key, retained: because } of staying.values()) {
    const waits = byKey.get(key);
    const was = waits && byId.get(idOf(waits));
    if (was !== undefined) staying.set(was.key, { ...was, retained: because });
  }
  return { given: items.filter(({ key }) => !staying.has(key)), retained: [...staying.values()] };
}
