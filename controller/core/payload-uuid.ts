import { uuidFrom } from "./canonical.ts";
import type { Payload } from "./granted.ts";

/**
 * The inner UUID of a payload: it follows identifiers and not content, so that accounts and identities survive an
 * update, and others of the same profile can refer to it.
 */
export function payloadUuid(identifier: string, { type, name }: Pick<Payload, "type" | "name">): string {
  return uuidFrom(identifier, `${type}/${name}`);
}
