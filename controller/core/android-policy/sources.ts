import type { Compiled } from "../compiled.ts";
import type { Origin } from "../origin.ts";
import type { Source } from "./build-body.ts";

type Sources = Readonly<Record<string, Source>>;

/**
 * Where the values at a path of a rendered policy come from: the value that is there or that holds it, else all values
 * below it. Empty for a path that the policy does not have. Indexed once, for as many paths as a report may have.
 */
export function sourceFinder(sources: Sources): (path: string) => readonly Source[] {
  const below = new Map<string, Source[]>();
  for (const [path, source] of Object.entries(sources))
    for (let above = parentOf(path); above !== ""; above = parentOf(above)) {
      const known = below.get(above);
      if (known === undefined) below.set(above, [source]);
      else known.push(source);
    }
  return (path) => {
    for (let one = path; one !== ""; one = parentOf(one)) {
      const found = Object.hasOwn(sources, one) ? sources[one] : undefined;
      if (found !== undefined) return [found];
    }
    return below.get(path) ?? [];
  };
}

/** `a` of `a.b` and of `a[0]`; empty for a field at the top. */
function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("."), path.lastIndexOf("[")));
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
