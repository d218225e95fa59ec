import { isChangedInPlace } from "./app-settings.ts";
import type { GrantedItem } from "./granted.ts";
import { itemState, progressOf } from "./item-state.ts";
import type { Situation } from "./situation.ts";

/**
 * The licences of one device in Apps and Books, by the number of the app in the store: `assigned`, `awaited`, or why
 * there is none and none comes by itself. What is missing is awaited.
 */
export type Licences = Readonly<Record<string, string>>;

/** The device holds a licence. */
export const assigned = "";

/** It is asked for, and will come. */
export const awaited = "waiting for its licence";

/**
 * Why an app that is to be installed waits for its licence; undefined when it waits for none. What is there already
 * and only gets other settings needs none.
 */
export function licenceAwaited(item: GrantedItem, situation: Situation): string | undefined {
  if (item.licence === undefined) return undefined;
  const told = situation.licences?.[item.licence] ?? awaited;
  if (told === assigned) return undefined;
  const { observed, state } = situation;
  if (itemState(item, observed, state).type !== "missing") return undefined;
  return isChangedInPlace(item, observed, progressOf(item, state)) ? undefined : told;
}
