import type { Lasting } from "../core/granted.ts";
import { fieldsOf } from "./manifest-value.ts";
import { substituteValue } from "./payload-value.ts";
import { parseCertificate } from "./wire/certificate.ts";
import { readSignedData, verifySignedData } from "./wire/cms-signed.ts";
import { DerError } from "./wire/der.ts";
import { isDict, listAt, type PlistDict, PlistError, type PlistValue, Real, textAt } from "./wire/plist.ts";
import { isBinaryPlist, readBinaryPlist } from "./wire/read-binary-plist.ts";
import { readPlist } from "./wire/read-plist.ts";

/** What a `.mobileconfig` says about itself. */
export interface ProfileSummary {
  readonly identifier: string;
  readonly uuid: string;
  readonly displayName: string;
  readonly payloadTypes: readonly string[];
  readonly removalDisallowed: boolean;
  /** `NAME/KEY` of the secrets that its texts ask for, in whatever way the file spells them. */
  readonly secrets?: readonly string[];
  /** All its keys as manifests write values, with the bytes of data left out. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** When it goes by itself (RemovalDate, DurationUntilRemoval). */
  readonly lasts?: Lasting;
}

/** Reads a `.mobileconfig`: XML, binary or signed. What is wrong with it is told as one sentence part. */
export function readProfileFile(bytes: Uint8Array): ProfileSummary | { readonly error: string } {
  const opened = openProfile(bytes);
  if ("error" in opened) return opened;
  const { plist } = opened;
  const identifier = textAt(plist, "PayloadIdentifier") ?? "";
  const payloads = plist.IsEncrypted === true ? [] : listAt(plist, "PayloadContent");
  if (payloads === undefined) return { error: "PayloadContent is missing or not an array" };
  const payloadTypes = payloads.map((payload) =>
    isDict(payload) ? textAt(payload, "PayloadType") : undefined,
  );
  const broken = payloadTypes.indexOf(undefined);
  if (broken >= 0) return { error: `payload ${broken + 1} has no PayloadType` };
  return {
    identifier,
    uuid: textAt(plist, "PayloadUUID") ?? "",
    displayName: textAt(plist, "PayloadDisplayName") ?? identifier,
    payloadTypes: payloadTypes.filter((type) => type !== undefined),
    removalDisallowed: plist.PayloadRemovalDisallowed === true,
    keys: fieldsOf(plist),
    ...secretsOf(plist),
    ...lastingOf(plist),
  };
}

function lastingOf({ RemovalDate, DurationUntilRemoval }: PlistDict): Pick<ProfileSummary, "lasts"> {
  const seconds = DurationUntilRemoval instanceof Real ? DurationUntilRemoval.value : DurationUntilRemoval;
  const lasts = {
    ...(RemovalDate instanceof Date ? { at: RemovalDate.getTime() } : {}),
    ...(typeof seconds === "number" && seconds > 0 ? { afterMs: Math.round(seconds * 1_000) } : {}),
  };
  return Object.keys(lasts).length === 0 ? {} : { lasts };
}

/** Looked for in what the device would read: entities, UTF-16 and signatures hide nothing from it. */
function secretsOf(plist: PlistDict): Pick<ProfileSummary, "secrets"> {
  const names = new Set<string>();
  substituteValue(plist, (text) => {
    for (const match of text.matchAll(placeholders)) if (match[1] !== undefined) names.add(match[1]);
    return text;
  });
  return names.size === 0 ? {} : { secrets: [...names].sort() };
}

const placeholders = /\$\{secret:([^}]*)\}/g;

/** The property list of a `.mobileconfig`, its signature checked against its own certificate and taken off. */
export function openProfile(bytes: Uint8Array): { readonly plist: PlistDict } | { readonly error: string } {
  try {
    const value = readAny(bytes);
    if (!isDict(value)) return { error: "not a dictionary" };
    if (value.PayloadType !== "Configuration") return { error: "PayloadType is not Configuration" };
    for (const key of ["PayloadIdentifier", "PayloadUUID"]) {
      if (!textAt(value, key)) return { error: `${key} is missing` };
    }
    return { plist: value };
  } catch (error) {
    if (error instanceof PlistError) return { error: `not a property list: ${error.message}` };
    if (error instanceof DerError) return { error: `signature: ${error.message}` };
    throw error;
  }
}

function readAny(bytes: Uint8Array): PlistValue {
  if (bytes[0] === 0x30) return readAny(openSignature(bytes));
  return isBinaryPlist(bytes) ? readBinaryPlist(bytes) : readPlist(bytes);
}

function openSignature(bytes: Uint8Array): Buffer {
  const message = readSignedData(bytes);
  if (message.content === undefined) throw new DerError("it encloses no profile");
  if (message.content[0] === 0x30) throw new DerError("signed twice");
  verifySignedData(message, message.content, parseCertificate(message.certificate), { sha1: true });
  return message.content;
}
