import type { Google } from "../../android/google.ts";
import { isObject, listAt, textAt } from "../../android/json-object.ts";
import type { Clock } from "../../core/ports.ts";
import { newest, newsIn } from "./event-device.ts";
import type { LostPlaces } from "./lost-places.ts";
import { type PushTarget, type Subscription, subscribe } from "./subscribe.ts";

export interface EventPorts {
  readonly google: Google;
  readonly clock: Clock;
  readonly names: Subscription;
  /** Where Google pushes to; absent where what it publishes is fetched. */
  readonly push?: (() => PushTarget) | undefined;
  /** These devices are read at the next round. */
  readonly hint: (devices: readonly string[]) => void;
  /** After the devices were read: nobody but they themselves says where they are. */
  readonly keepPlaces: (places: LostPlaces) => Promise<void>;
}

/**
 * What Google publishes about an enterprise. Nothing in it is believed but the place of a device that is lost: it says
 * which devices to read again.
 */
export interface AndroidEvents {
  /**
   * Takes what waits, or what comes within a while, has the devices read that it names, and acknowledges it then; what
   * could not be carried out comes again. The number of messages; none where Google pushes. Errors are those of `failureOf`.
   */
  readonly take: (carryOut: () => Promise<unknown>, signal?: AbortSignal) => Promise<number>;
}

const most = 100;
/** Google keeps a request waiting while there is nothing. */
const patienceMs = 20_000;
const checkAgainMs = 3_600_000;

/** Subscribes at the first use, and looks each hour whether that still holds. */
export function createEvents({ google, clock, names, push, hint, keepPlaces }: EventPorts): AndroidEvents {
  let checkedAt = Number.NEGATIVE_INFINITY;
  const { enterprise, subscription } = names;
  return {
    async take(carryOut, signal) {
      if (clock() - checkedAt >= checkAgainMs) {
        await subscribe(google, names, push?.());
        checkedAt = clock();
      }
      if (push !== undefined) return 0;
      const received = await pull(google, subscription, signal);
      if (received.length === 0) return 0;
      const news = received.flatMap((one) => newsIn(one, enterprise) ?? []);
      if (news.length > 0) {
        hint([...new Set(news.map((one) => one.device))]);
        await carryOut();
        await keepPlaces(newest(news));
      }
      const ackIds = received.flatMap((one) => (isObject(one) ? (textAt(one, "ackId") ?? []) : []));
      await google.messages({}, (client, common) =>
        client.projects.subscriptions.acknowledge({ subscription, requestBody: { ackIds } }, common),
      );
      return received.length;
    },
  };
}

async function pull(
  google: Google,
  subscription: string,
  ending: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  const limit = AbortSignal.timeout(patienceMs);
  const signal = ending === undefined ? limit : AbortSignal.any([ending, limit]);
  try {
    const answer = await google.messages({ signal }, (client, common) =>
      client.projects.subscriptions.pull({ subscription, requestBody: { maxMessages: most } }, common),
    );
    return answer.type === "answer" && isObject(answer.data) ? listAt(answer.data, "receivedMessages") : [];
  } catch (error) {
    // Nothing came. What was on its way is leased, and comes again.
    if (signal.aborted) return [];
    throw error;
  }
}
