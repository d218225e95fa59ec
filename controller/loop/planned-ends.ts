import { canonical } from "../core/canonical.ts";
import type { Compiled, CompiledAct } from "../core/compiled.ts";
import type { Action } from "../core/plan.ts";
import { type FiledAct, filedActs } from "../store/filed-acts.ts";
import type { Store } from "../store/open.ts";
import { actNames, contentOf, isSame } from "./act-content.ts";
import { overturned } from "./overturned-acts.ts";
import type { PlanViewEntry } from "./views.ts";

/**
 * What a commit ends of acts that are held or on their way, and what it changes in manifests of acts that are over, of
 * which nothing comes. `before` is what is in force: what it says already was told when it came.
 */
export async function plannedEnds(
  store: Store,
  before: Compiled | undefined,
  compiled: Compiled,
): Promise<readonly PlanViewEntry[]> {
  const ending = await overturned(store, compiled);
  const open = new Set(ending.map(({ act }) => act.name));
  const said = new Map((before?.acts ?? []).map((act) => [act.name, act]));
  const changed = compiled.acts.filter((act) => !isAsBefore(act, said.get(act.name)));
  const names = [...open, ...changed.flatMap(actNames)];
  const filed = new Map(
    (names.length === 0 ? [] : await filedActs(store, names)).map((one) => [one.name, one]),
  );
  const cancelled = ending.flatMap(({ act, why }) => {
    const one = filed.get(act.name);
    const reason = `${why}; it is ${standing(one)}`;
    return one === undefined ? [] : [lineOf("cancel", one, reason, originOf(compiled, act.name))];
  });
  const over = changed.flatMap((act) => {
    const one = actNames(act).flatMap((name) => filed.get(name) ?? [])[0];
    if (one === undefined || open.has(one.name) || isSame(act, one)) return [];
    const { held, ready } = one.statuses;
    if (held !== undefined || ready !== undefined) return [];
    const reason = `it is over (${standing(one)}), and nothing comes of what changed: raise its generation`;
    return [lineOf("over", one, reason, act.origin)];
  });
  return [...cancelled, ...over];
}

function isAsBefore(act: CompiledAct, before: CompiledAct | undefined): boolean {
  const recorded = before && { content: canonical(contentOf(before)), expiresAt: before.expiresAt };
  return recorded !== undefined && isSame(act, recorded);
}

const words: Readonly<Partial<Record<keyof FiledAct["statuses"], string>>> = {
  held: "held on",
  ready: "not sent yet to",
  sent: "sent to",
  executed: "carried out by",
  failed: "failed on",
  unknown: "of unknown outcome on",
  expired: "expired on",
  cancelled: "cancelled on",
};

/** `held on 3 devices, sent to 1 device`. */
function standing(act: FiledAct | undefined): string {
  const entries = Object.entries(words).flatMap(([status, text]) => {
    const count = act?.statuses[status as keyof FiledAct["statuses"]] ?? 0;
    return count === 0 ? [] : [`${text} ${count} device${count === 1 ? "" : "s"}`];
  });
  return entries.join(", ");
}

function lineOf(
  action: Action,
  { name, statuses }: FiledAct,
  reason: string,
  origin: CompiledAct["origin"] | undefined,
): PlanViewEntry {
  const devices = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  const place = origin === undefined ? {} : { place: `${origin.file}:${origin.line}` };
  return { action, key: name, policy: "", devices, ...place, reason };
}

function originOf({ acts }: Compiled, name: string): CompiledAct["origin"] | undefined {
  return acts.find((act) => actNames(act).includes(name))?.origin;
}
