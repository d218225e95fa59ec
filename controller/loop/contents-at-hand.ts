import { LRUCache } from "lru-cache";
import type { Content } from "../core/granted.ts";
import { getContent } from "../store/content.ts";
import type { Store } from "../store/open.ts";

/** Contents never change under their digest: those of the revision in force are at hand, others are read once. */
export function rememberContents(
  store: Store,
  inForce: () => ReadonlyMap<string, Content> | undefined,
): (digest: string) => Promise<Content | undefined> {
  const known = new LRUCache<string, Content>({ max: 2_000 });
  return async (digest) => {
    const cached = inForce()?.get(digest) ?? known.get(digest);
    if (cached !== undefined) return cached;
    const content = await getContent(store, digest);
    if (content !== undefined) known.set(digest, content);
    return content;
  };
}
