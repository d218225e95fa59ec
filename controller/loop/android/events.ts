import type { Google } from "../../android/google.ts";
import { isObject, listAt, objectAt, textAt } from "../../android/json-object.ts";
import type { Clock } from "../../core/ports.ts";
import { type Subscription, subscribe } from "./subscribe.ts";

export interface EventPorts {
  readonly google: Google;
  readonly clock: Clock;
  readonly names: Subscription;
  /** These devices are read at the next round. */
  readonly hint: (devices: readonly string[]) => void;
}

/** What Google publishes about an enterprise. Nothing in it is believed: it says which devices to read again. */
export interface AndroidEvents {
  /**
   * Takes what waits, or what comes within a while, has the devices read that it names, and acknowledges it then; what
   * could not be carried out comes again. The number of messages. Errors are those of `failureOf`.
   */
  readonly take: (carryOut: () => Promise<unknown>, signal?: AbortSignal) => Promise<number>;
}

const most = 100;
/** Google keeps a request waiting while there is nothing. */
const patienceMs = 20_000;
const checkAgainMs = 3_600_000;

/** Subscribes at the first use, and looks each hour whether that still holds. */
export function createEvents({ google, clock, names, hint }: EventPorts): AndroidEvents {
  let checkedAt = Number.NEGATIVE_INFINITY;
  const { enterprise, subscription } = names;
  return {
    async take(carryOut, signal) {
      if (clock() - checkedAt >= checkAgainMs) {
        await subscribe(google, names);
        checkedAt = clock();
      }
      const received = await pull(google, subscription, signal);
      if (received.length === 0) return 0;
      const devices = new Set(received.flatMap((one) => deviceIn(one, enterprise) ?? []));
      if (devices.size > 0) {
        hint([...devices]);
        await carryOut();
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

const told: ReadonlySet<string> = new Set(["ENROLLMENT", "STATUS_REPORT", "COMMAND"]);

/** Google's name of the device that a message is about; undefined for what is about none, and for what is no message. */
function deviceIn(received: unknown, enterprise: string): string | undefined {
  const message = isObject(received) ? objectAt(received, "message") : undefined;
  const type = textAt(objectAt(message, "attributes"), "notificationType");
  const data = textAt(message, "data");
  if (type === undefined || data === undefined || !told.has(type)) return undefined;
  const [one, id, kind, device] = (nameIn(data) ?? "").split("/");
  const isOurs = `${one}/${id}` === enterprise && kind === "devices" && /^[\w-]{1,100}$/.test(device ?? "");
  return isOurs ? `${enterprise}/devices/${device}` : undefined;
}

/** The `name` of a Device or an Operation. */
function nameIn(data: string): string | undefined {
  try {
    const body: unknown = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
    return isObject(body) ? textAt(body, "name") : undefined;
  } catch {
    return undefined;
  }
}
