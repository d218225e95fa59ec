import { type PushIdentity, pushIdentity } from "../../android/push-identity.ts";
import { googleKeysUrl, signingKeys } from "../../android/signing-keys.ts";
import type { Clock } from "../../core/ports.ts";
import { keepHints } from "../../store/android-hints.ts";
import type { Store } from "../../store/open.ts";
import { type News, newest, newsIn } from "./event-device.ts";
import { isAwaitedLost, keepPlaces } from "./lost-places.ts";

/** How Google proves that it is Google who pushes. */
export interface PushSettings {
  /** The e-mail address of the service account in whose name the subscription pushes. */
  readonly serviceAccount: string;
  /** What its tokens are for; the address of the endpoint when absent. */
  readonly audience?: string | undefined;
  /** Another address of Google's signing keys, for tests. */
  readonly keysUrl?: string | undefined;
}

/** Where events are pushed to, under the device plane's address. */
export const pushPath = "/android/events";

/** Events that Google pushes instead of having them fetched. */
export interface PushedEvents {
  readonly identity: PushIdentity;
  /**
   * The device that it names will be read, and where it says to be lost is kept. Another body is put away: it would
   * come again for days. False when it must come again.
   */
  readonly take: (body: Buffer) => Promise<boolean>;
}

export interface PushedPorts {
  readonly store: Store;
  readonly clock: Clock;
  readonly enterprise: string;
  readonly publicUrl: () => string;
  readonly onChange: () => void;
}

/** Where and how Google pushes. */
export function pushTarget({ publicUrl }: Pick<PushedPorts, "publicUrl">, settings: PushSettings) {
  const endpoint = `${publicUrl()}${pushPath}`;
  const { serviceAccount, audience = endpoint } = settings;
  return { endpoint, serviceAccount, audience };
}

/** A place of a device that nobody knows to be lost is sent again for so long, ms: its record is about to be read. */
const lostSoonMs = 10 * 60_000;

/**
 * Takes pushed events, on any replica: nothing in them is believed but the place of a device that is lost, and a
 * repeated one has a device read once more.
 */
export function createPushedEvents(ports: PushedPorts, settings: PushSettings): PushedEvents {
  const { store, clock, enterprise } = ports;
  const { serviceAccount, keysUrl = googleKeysUrl } = settings;
  return {
    identity: pushIdentity({
      keys: signingKeys(keysUrl, clock),
      clock,
      audience: () => pushTarget(ports, settings).audience,
      serviceAccount,
    }),
    async take(body) {
      const news = newsIn(parsed(body), enterprise);
      if (news === undefined) return true;
      await keepHints(store, [news.device], clock());
      ports.onChange();
      // Asked before: the record may be read meanwhile.
      const comesAgain = isFresh(news, clock()) && (await isAwaitedLost(store, news.device));
      await keepPlaces(ports, newest([news]));
      return !comesAgain;
    },
  };
}

function isFresh({ place, publishedAt }: News, now: number): boolean {
  return place !== undefined && publishedAt !== undefined && now - publishedAt < lostSoonMs;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
