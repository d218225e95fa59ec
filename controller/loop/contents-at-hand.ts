import { LRUCache } from "lru-cache";
import { digestOf } from "../core/canonical.ts";
import type { Content } from "../core/granted.ts";
import type { Clock } from "../core/ports.ts";
import { getContent } from "../store/content.ts";
import type { Store } from "../store/open.ts";
import { mayGo } from "./armed-contents.ts";

/**
 * Contents never change under their digest: those of the revision in force are at hand, others are read once. One that
 * would let devices erase themselves, and came with no revision, is none.
 */
export function rememberContents(
  store: Store,
  clock: Clock,
  inForce: () => ReadonlyMap<string, Content> | undefined,
): (digest: string) => Promise<Content | undefined> {
  const known = new LRUCache<string, Content>({ max: 2_000 });
  return async (digest) => {
    const contents = inForce();
    const cached = contents?.get(digest) ?? known.get(digest);
    if (cached !== undefined) return cached;
    const content = await getContent(store, digest);
    if (content === undefined || digestOf(content) !== digest) return undefined;
    if (!(await mayGo(store, { digest, content }, contents ?? new Map(), clock()))) return undefined;
    known.set(digest, content);
    return content;
  };
}
