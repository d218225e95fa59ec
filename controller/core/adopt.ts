import { isFound, isShown } from "./item-state.ts";
import type { Event } from "./ledger.ts";
import type { Situation } from "./situation.ts";
import type { Transition } from "./transition.ts";

/** What shows exactly as it was granted is ours, whoever remembers having sent it. */
export function adopt(start: Transition, situation: Situation, at: number): Transition {
  const owned = { ...start.observed.owned };
  const events: Event[] = [];
  for (const item of situation.granted?.items ?? []) {
    const { key, kind, id, digest, onLeave, base } = item;
    const isNew = isFound(item, start.observed, start.state);
    const isOurs = isShown(item, start.observed);
    if (!isNew && !isOurs) continue;
    const adopted = isNew || (owned[key]?.adopted === true && owned[key].digest === digest);
    owned[key] = {
      kind,
      id,
      digest,
      onLeave,
      ...(base === undefined ? {} : { base }),
      ...(adopted ? { adopted: true as const } : {}),
    };
    if (isNew)
      events.push({
        at,
        device: situation.device,
        subject: key,
        type: "item.verified",
        message: "adopted: it was there as declared, and nothing is sent",
      });
  }
  return { ...start, observed: { ...start.observed, owned }, events: [...start.events, ...events] };
}
