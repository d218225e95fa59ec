import type { JsonObject } from "../../android/json-object.ts";
import type { Rendering } from "../../store/android-policies.ts";
import type { Secrets } from "../secrets.ts";
import { type DeviceVariables, substitute } from "../substitute.ts";

const noDevice: DeviceVariables = {
  serial: undefined,
  udid: undefined,
  alias: undefined,
  model: undefined,
  osVersion: undefined,
  platform: undefined,
  ownerEmail: undefined,
};

/** A policy as it leaves, and the secret values in it, which must not come back in a message. */
export interface FilledPolicy {
  readonly body: JsonObject;
  readonly secrets: readonly string[];
}

/**
 * Puts secrets and variables into a rendered policy, at the moment of sending. Each secret is read for the item that
 * asked for the value. Throws Stalled when one cannot be had.
 */
export function fillPolicy(
  { body, sources }: Pick<Rendering, "body" | "sources">,
  secrets: Pick<Secrets, "read">,
  device: DeviceVariables = noDevice,
): FilledPolicy {
  const used = new Set<string>();
  const fill = (value: unknown, path: string, item: string): unknown => {
    const asking = sources[path]?.items[0] ?? item;
    if (typeof value === "string")
      return substitute(value, device, (name) => {
        const secret = secrets.read(name, asking);
        used.add(secret);
        return secret;
      });
    if (Array.isArray(value)) return value.map((one, index) => fill(one, `${path}[${index}]`, asking));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        fill(inner, path === "" ? key : `${path}.${key}`, asking),
      ]),
    );
  };
  return { body: fill(body, "", "") as JsonObject, secrets: [...used] };
}
