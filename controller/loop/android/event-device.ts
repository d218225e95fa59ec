import { isObject, type JsonObject, objectAt, textAt, timeAt } from "../../android/json-object.ts";
import { type LostPlace, readUsage } from "../../android/read-usage.ts";
import type { LostPlaces } from "./lost-places.ts";

/** What a message is about. */
export interface News {
  /** Google's name of the device. */
  readonly device: string;
  readonly place?: LostPlace | undefined;
  /** When Google published it, epoch ms; undefined when the message does not say. */
  readonly publishedAt?: number | undefined;
}

const told: ReadonlySet<string> = new Set(["ENROLLMENT", "STATUS_REPORT", "COMMAND"]);

/**
 * What a message of Pub/Sub is about (`message` of what is pulled or pushed); undefined for what is about no device of
 * this enterprise, and for what is no message.
 */
export function newsIn(received: unknown, enterprise: string): News | undefined {
  const message = isObject(received) ? objectAt(received, "message") : undefined;
  const type = textAt(objectAt(message, "attributes"), "notificationType");
  const body = bodyIn(textAt(message, "data"));
  if (message === undefined || type === undefined || body === undefined) return undefined;
  const publishedAt = timeAt(message, "publishTime");
  if (type !== "USAGE_LOGS") {
    // The `name` of a Device or an Operation.
    const device = told.has(type) ? deviceIn(textAt(body, "name"), enterprise) : undefined;
    return device === undefined ? undefined : { device, publishedAt };
  }
  const device = deviceIn(textAt(body, "device"), enterprise);
  const { isAboutLostMode, place } = readUsage(body);
  return device === undefined || !isAboutLostMode ? undefined : { device, place, publishedAt };
}

/** Of each device the newest place that is told. */
export function newest(news: readonly News[]): LostPlaces {
  const places = news.flatMap(({ device, place }) => (place === undefined ? [] : [[device, place] as const]));
  return new Map(places.sort(([, a], [, b]) => a.at - b.at));
}

function deviceIn(name: string | undefined, enterprise: string): string | undefined {
  const [one, id, kind, device] = (name ?? "").split("/");
  const isOurs = `${one}/${id}` === enterprise && kind === "devices" && /^[\w-]{1,100}$/.test(device ?? "");
  return isOurs ? `${enterprise}/devices/${device}` : undefined;
}

function bodyIn(data: string | undefined): JsonObject | undefined {
  if (data === undefined) return undefined;
  try {
    const body: unknown = JSON.parse(Buffer.from(data, "base64").toString("utf8"));
    return isObject(body) ? body : undefined;
  } catch {
    return undefined;
  }
}
