/** The candidate that a typing mistake most likely meant; undefined when none is near enough. */
export function nearest(text: string, candidates: Iterable<string>): string | undefined {
  const wanted = text.toLowerCase();
  const limit = wanted.length <= 3 ? 1 : wanted.length <= 8 ? 2 : 3;
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance || (distance === bestDistance && best !== undefined && candidate < best)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "x"?`, or nothing; to be put behind a sentence. */
export function didYouMean(text: string, candidates: Iterable<string>): string {
  const near = nearest(text, candidates);
  return near === undefined || near === text ? "" : ` Did you mean "${near}"?`;
}

const maxSearches = 100;

/**
 * A search whose costs grow with the repository, for the first hundred names that one check does not know: a renamed
 * folder or Secret makes thousands. Each name is looked for once.
 */
export function sparingly<Names extends readonly string[], Found>(
  search: (...names: Names) => Found,
): (...names: Names) => Found | undefined {
  const found = new Map<string, Found>();
  return (...names) => {
    const key = names.join("\0");
    if (!found.has(key) && found.size < maxSearches) found.set(key, search(...names));
    return found.get(key);
  };
}

/** The candidate that a text is without doubt a slip for: other letters' case, or two letters at most. */
export function slipOf(text: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(text, candidates);
  if (near === undefined || near === text) return undefined;
  const limit = text.length <= 4 ? 1 : 2;
  return editDistance(text.toLowerCase(), near.toLowerCase(), limit) <= limit ? near : undefined;
}

/** `a, b or c`; long lists are cut. */
export function listed(words: readonly string[], last = "or"): string {
  const shown = words.length > 16 ? [...words.slice(0, 15), `${words.length - 15} more`] : [...words];
  const end = shown.pop();
  return shown.length === 0 ? (end ?? "nothing") : `${shown.join(", ")} ${last} ${end}`;
}

/** Optimal string alignment: insertions, deletions, substitutions and swapped neighbours count one. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (previous[column] ?? limit) + 1,
        (current[column - 1] ?? limit) + 1,
        (previous[column - 1] ?? limit) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (before[column - 2] ?? limit) + 1);
      current.push(cost);
    }
    if (Math.min(...current) > limit) return limit + 1;
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? limit + 1;
}
