import { LRUCache } from "lru-cache";
import type { Facts } from "../../core/facts.ts";
import { isExpected } from "../../errors.ts";
import type { AndroidCode } from "../../invitation/android-page.ts";
import type { Ended } from "../../invitation/page.ts";
import { tokenGone, tokenOfLink } from "../../store/android-tokens.ts";
import { findLink, redeemLink } from "../../store/links.ts";
import type { EnrollPorts } from "../enroll.ts";
import { linkState } from "../links.ts";
import { type EnrollAndroidPorts, inviteAndroid, LinkUsed } from "./enroll-android.ts";
import type { MadeToken } from "./token-calls.ts";

/** The code behind a link, or what has become of the link. */
export type BehindLink = ({ readonly type: "code" } & AndroidCode) | { readonly type: Ended };

/** Whoever opens the page again and again asks Google once in so long, ms. */
const freshMs = 10_000;

/**
 * Codes for Android devices behind links. A token is made when somebody asks for it, is good for one device, and takes
 * one use of its link; whoever asks again is shown the same one until a device has used it. Its value is kept nowhere.
 */
export function createLinkTokens(
  enroll: EnrollPorts,
  android: EnrollAndroidPorts,
): (secret: string) => Promise<BehindLink> {
  const fresh = new LRUCache<string, { readonly made: MadeToken; readonly at: number }>({ max: 500 });
  const { store, clock } = android;

  async function shown(name: string): Promise<MadeToken | undefined> {
    const known = fresh.get(name);
    if (known !== undefined && clock() - known.at < freshMs) return known.made;
    const made = await android.tokens.get(name);
    if (made !== undefined) fresh.set(name, { made, at: clock() });
    return made;
  }

  async function codeOf(secret: string): Promise<BehindLink> {
    const state = await linkState(enroll, secret);
    if (state.type !== "open") return state;
    const link = await findLink(store, secret);
    if (link === undefined || state.android === undefined) return { type: "unknown" };
    const { mode } = state.android;
    const current = await tokenOfLink(store, link.id, clock());
    if (current !== undefined) {
      // Somebody asks for it at this moment, or its answer was lost: then the use is given back.
      if (current.name === undefined) return { type: "later" };
      const made = await shown(current.name);
      if (made !== undefined) return { type: "code", mode, ...made };
      await tokenGone(store, current.id, true);
    }
    const made = await inviteAndroid(android, {
      ...whomOf(link.asserted),
      mode,
      oneTimeOnly: true,
      expiresAt: link.expiresAt,
      by: `link ${link.id}`,
      link: { id: link.id, take: async () => (await redeemLink(store, secret, clock())) !== undefined },
    });
    fresh.set(made.name, { made, at: clock() });
    return { type: "code", mode, ...made };
  }

  return async (secret) => {
    try {
      return await codeOf(secret);
    } catch (error) {
      if (error instanceof LinkUsed) return { type: "used" };
      // Google does not answer, refuses, or a person must set something: the person with the link can only wait.
      if (isExpected(error)) return { type: "later" };
      throw error;
    }
  };
}

/** What a link asserts, as far as a token can: whose a device is, Google says. */
function whomOf(asserted: Facts) {
  const tags = Object.entries(asserted).flatMap(([key, { value }]) =>
    key.startsWith("tag.") ? [[key.slice("tag.".length), value] as const] : [],
  );
  return { group: asserted.group?.value, owner: asserted.owner?.value, tags: Object.fromEntries(tags) };
}
