import type { SchemaKey, ValueType } from "./schema.ts";

/** Keys that the schema requires, and its own text only under a condition: `check/apple-conditions.ts` has those. */
const conditional: ReadonlySet<string> = new Set([
  "com.apple.TCC.configuration-profile-policy Allowed",
  "com.apple.configurationprofile.identification Password",
  // Of Macs alone by its text; the gate leaves tvOS out.
  "TokenUpdate NotOnConsole",
  // Only where the command asks for them.
  "Restrictions ProfileRestrictions",
]);

/** True when a dictionary of an entry of this type is wrong without the key, whatever else it holds. */
export function isRequired(type: string, key: SchemaKey): boolean {
  return key.required === true && !conditional.has(`${type} ${key.key}`);
}

/**
 * Keys that the schema gives one type, and devices take, or send, in another as well: names of a certificate's
 * subject, and the answers to several settings.
 */
const alsoTaken: ReadonlyMap<string, ValueType> = new Map([
  ["com.apple.security.scep rfc822Name", "array"],
  ["com.apple.security.scep dNSName", "array"],
  ["com.apple.security.scep uniformResourceIdentifier", "array"],
  ["com.apple.security.acme rfc822Name", "array"],
  ["com.apple.security.acme dNSName", "array"],
  ["com.apple.security.acme uniformResourceIdentifier", "array"],
  ["Settings Settings", "array"],
]);

/** True when a key takes values of a type that the schema does not give it. */
export function isAlsoTaken(type: string, key: SchemaKey, found: ValueType | undefined): boolean {
  return found !== undefined && found !== key.type && alsoTaken.get(`${type} ${key.key}`) === found;
}
