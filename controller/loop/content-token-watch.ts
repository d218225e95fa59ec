import type { Store } from "../store/open.ts";
import { storedContentToken } from "./content-token.ts";
import { watchExpiry } from "./expiry-watch.ts";

/** Says that the content token in the store ends, once for each of 60, 30, 14 and 7 days before, and when it has. */
export async function watchContentToken(store: Store, now: number): Promise<void> {
  const token = await storedContentToken(store);
  if (token === undefined) return;
  const { organization, notAfter } = token;
  const words = {
    type: "content-token",
    what: `the content token of ${organization}`,
    lost: "no licence is assigned",
  };
  await watchExpiry(store, { topic: `content ${organization}`, notAfter }, words)(now);
}
