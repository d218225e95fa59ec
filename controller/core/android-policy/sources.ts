import type { Compiled } from "../compiled.ts";
import type { Origin } from "../origin.ts";
import type { Source } from "./build-body.ts";

/**
 * Where the values at a path of a rendered policy come from: the value that is there or that holds it, else all values
 * below it. Empty for a path that the policy does not have.
 */
export function sourcesAt(sources: Readonly<Record<string, Source>>, path: string): readonly Source[] {
  if (path === "") return [];
  const all = Object.entries(sources);
  const holding = all.filter(([one]) => one === path || isBelow(path, one));
  const found = holding.length > 0 ? holding : all.filter(([one]) => isBelow(one, path));
  return found.map(([, source]) => source);
}

/** `a.b` and `a[0]` are below `a`. */
function isBelow(path: string, above: string): boolean {
  return path.startsWith(above) && (path[above.length] === "." || path[above.length] === "[");
}

/** The line that asks for a value of an item: in its own manifest, else where its policy names it. */
export function placeOf(
  compiled: Pick<Compiled, "policies">,
  item: { readonly key: string; readonly policy: string },
  leaf: string | undefined,
): Origin | undefined {
  const policy = compiled.policies.find((one) => one.name === item.policy);
  const use = policy?.uses.find((one) => one.key === item.key);
  const places = use?.forms.android?.places ?? {};
  return leaf !== undefined && Object.hasOwn(places, leaf) ? places[leaf] : use?.origin;
}
