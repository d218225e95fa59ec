import { canonical } from "../core/canonical.ts";
import type { CompiledAct, CompiledTarget } from "../core/compiled.ts";
import { knownActs } from "../store/acts.ts";
import type { Store } from "../store/open.ts";

/** What a manifest asks for, as the record keeps it and approvals bind to it. */
export function contentOf({ verb, parameters, reason, expectedDevices, target }: CompiledAct) {
  return { verb, parameters, reason, expectedDevices: expectedDevices ?? null, target: targetOf(target) };
}

function targetOf({ exclude, ...target }: Omit<CompiledTarget, "exclude"> & Partial<CompiledTarget>): object {
  const lists = Object.entries(target).map(([key, value]) => [
    key,
    typeof value === "boolean" ? value : [...value].sort(),
  ]);
  const excluded = exclude === undefined ? {} : { exclude: targetOf({ ...exclude, all: false }) };
  return { ...Object.fromEntries(lists), ...excluded };
}

/** True when a manifest asks for what a record holds. */
export function isSame(
  declared: CompiledAct,
  recorded: { readonly content: string; readonly expiresAt: number },
): boolean {
  return canonical(contentOf(declared)) === recorded.content && declared.expiresAt === recorded.expiresAt;
}

/** The name and generation that an act has, and those that it had. */
export function actNames({ name, formerly }: CompiledAct): readonly string[] {
  return [name, ...formerly];
}

/** Those acts that were frozen before, under the name that they have now or one that they had. */
export async function knownOf(store: Store, acts: readonly CompiledAct[]): Promise<ReadonlySet<CompiledAct>> {
  const known = await knownActs(store, acts.flatMap(actNames));
  return new Set(acts.filter((act) => actNames(act).some((name) => known.has(name))));
}
