import type { ProfileFile } from "../core/check/profile-file.ts";

/**
 * Reads what the top level of an XML `.mobileconfig` says about itself, for use where no property list
 * reader is at hand. It trusts nothing but the nesting of the tags; a signed file is not looked into.
 */
export function readMinimalProfile(bytes: Uint8Array): ProfileFile {
  if (bytes[0] === 0x30) return { error: "signed profiles cannot be read here: use the unsigned file" };
  const text = decode(bytes);
  if (text === undefined || !/<plist[\s>]/.test(text)) return { error: "not an XML property list" };
  const { top, payloadTypes } = scan(text);
  const identifier = top.get("PayloadIdentifier");
  const uuid = top.get("PayloadUUID");
  if (top.get("PayloadType") !== "Configuration") return { error: "PayloadType is not Configuration" };
  if (identifier === undefined || uuid === undefined)
    return { error: "PayloadIdentifier or PayloadUUID is missing" };
  return { identifier, uuid, displayName: top.get("PayloadDisplayName") ?? identifier, payloadTypes };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function scan(text: string): { readonly top: Map<string, string>; readonly payloadTypes: readonly string[] } {
  const top = new Map<string, string>();
  const payloadTypes: string[] = [];
  let depth = 0;
  let key = "";
  for (const match of text.matchAll(/<(\/?)(dict|array)>|<key>([^<]*)<\/key>|<string>([^<]*)<\/string>/g)) {
    const [, closing, container, name, value] = match;
    if (container !== undefined) depth += closing === "/" ? -1 : 1;
    else if (name !== undefined) key = name;
    else if (depth === 1 && value !== undefined) top.set(key, value);
    else if (depth === 3 && key === "PayloadType" && value !== undefined) payloadTypes.push(value);
  }
  return { top, payloadTypes };
}
