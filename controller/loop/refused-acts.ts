import type { CompiledAct } from "../core/compiled.ts";
import type { Store } from "../store/open.ts";
import { type ActRefusal, findRefusals } from "../store/refusals.ts";
import { actNames, isSame, knownOf } from "./act-content.ts";
import { withNames } from "./device-names.ts";
import type { Looking } from "./view-devices.ts";
import type { StatusView } from "./views.ts";

/** An act of the revision in force that was refused whole, and stays so. */
export interface RefusedAct {
  readonly act: string;
  readonly place: string;
  /** Why its manifest asks for it. */
  readonly reason: string;
  /** Why it was refused; devices as people call them. */
  readonly refused: string;
  readonly at: number;
}

/**
 * Those acts that were refused whole as they are written now, under the name that they have or one that they had: they
 * are not tried again. Another content, or a higher generation, is another wish.
 */
export async function refusedOf(
  store: Store,
  acts: readonly CompiledAct[],
): Promise<ReadonlyMap<CompiledAct, ActRefusal>> {
  if (acts.length === 0) return new Map();
  const refusals = await findRefusals(store, acts.flatMap(actNames));
  const byName = new Map(refusals.map((one) => [one.name, one]));
  return new Map(
    acts.flatMap((act) => {
      const found = actNames(act).flatMap((name) => byName.get(name) ?? []);
      return found
        .filter((one) => isSame(act, one))
        .map((one) => [act, one] as const)
        .slice(0, 1);
    }),
  );
}

/** What was refused and is still asked for, for people. */
export async function viewRefusedActs({ store, reconciler, clock }: Looking): Promise<readonly RefusedAct[]> {
  const acts = reconciler.current()?.compiled.acts ?? [];
  const known = await knownOf(store, acts);
  const refused = await refusedOf(
    store,
    acts.filter((act) => !known.has(act)),
  );
  const found = [...refused].filter(([act, { at }]) => isNews(act, at, clock()));
  const reasons = await withNames(
    store,
    found.map(([, { reason }]) => reason),
  );
  return found
    .map(([act, { reason, at }], index) => ({
      act: act.name,
      place: `${act.origin.file}:${act.origin.line}`,
      reason: act.reason,
      refused: reasons[index] ?? reason,
      at,
    }))
    .sort((a, b) => (a.act < b.act ? -1 : 1));
}

const lateNewsMs = 7 * 86_400_000;

/** What is over is told no more; where nobody could see it before it was over, for a week. */
function isNews({ expiresAt }: CompiledAct, refusedAt: number, now: number): boolean {
  return expiresAt > now || (refusedAt >= expiresAt && now - refusedAt < lateNewsMs);
}

/** Says of each act that is asked for, and was refused, that nothing comes of it. */
export async function refusedWarnings(looking: Looking): Promise<StatusView["warnings"]> {
  return (await viewRefusedActs(looking)).map(({ act, refused }) => ({
    message: `${act} was refused, and stays so: ${refused}`,
    hint: "mend its manifest, or raise its generation; reeve holds",
  }));
}
