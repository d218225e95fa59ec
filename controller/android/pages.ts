import { Retry } from "../errors.ts";

/** One page of a list of Google's. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Absent, or empty, on the last page. */
  readonly next?: string | null | undefined;
}

/** More pages than any list of ours has: with 100 devices to a page, a million devices. */
const mostPages = 10_000;

/**
 * A whole list, page after page. Throws what a page throws, and Retry when there is no end: a part of a list is
 * never given, because what is missing in it would be taken for gone.
 */
export async function allPages<T>(
  page: (token: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const found: T[] = [];
  const seen = new Set<string>();
  let token: string | undefined;
  for (let count = 0; count < mostPages; count++) {
    const { items, next } = await page(token);
    for (const item of items) found.push(item);
    if (next === undefined || next === null || next === "") return found;
    if (seen.has(next)) break;
    seen.add(next);
    token = next;
  }
  throw new Retry("google-unanswered", "a list of Google's has no end");
}
