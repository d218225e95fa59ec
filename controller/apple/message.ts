import { isDict, type PlistDict, PlistError, textAt } from "./wire/plist.ts";
import { readPlist } from "./wire/read-plist.ts";

/** A message that cannot be used: kept in quarantine by the caller. Its text never quotes the message. */
export class MessageError extends Error {
  override readonly name = "MessageError";
}

/** How a message names its sender. None of it is trusted: the authenticated certificate decides. */
export interface SenderIds {
  readonly udid: string | undefined;
  readonly enrollmentId: string | undefined;
  readonly userId: string | undefined;
  readonly userShortName: string | undefined;
  readonly enrollmentUserId: string | undefined;
}

/** The channel a message claims to come from. */
export interface ChannelKey {
  /** UDID, EnrollmentID, or one of them with the user behind a colon. */
  readonly id: string;
  /** The id of the device channel, to which certificates are pinned. */
  readonly device: string;
  readonly kind: "device" | "user";
}

/** The dictionary that a device sent. Throws MessageError. */
export function readDictionary(bytes: Uint8Array): PlistDict {
  try {
    const value = readPlist(bytes);
    if (isDict(value)) return value;
  } catch (error) {
    if (error instanceof PlistError) throw new MessageError(error.message, { cause: error });
    throw error;
  }
  throw new MessageError("not a dictionary");
}

/** The ids in a message. Throws MessageError when one is not what Apple's devices send. */
export function readIds(body: PlistDict): SenderIds {
  return {
    udid: opaque(body, "UDID"),
    enrollmentId: opaque(body, "EnrollmentID"),
    userId: opaque(body, "UserID"),
    userShortName: shortName(body),
    enrollmentUserId: opaque(body, "EnrollmentUserID"),
  };
}

/** On a Shared iPad every user has this id, and the short name tells them apart. */
const sharedUser = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF";

/** The channel that these ids name. Throws MessageError when they name none. */
export function channelKey(ids: SenderIds): ChannelKey {
  const device = ids.udid ?? ids.enrollmentId;
  if (device === undefined) throw new MessageError("neither UDID nor EnrollmentID");
  const user = ids.udid === undefined ? ids.enrollmentUserId : userOf(ids);
  return user === undefined
    ? { id: device, device, kind: "device" }
    : { id: `${device}:${user}`, device, kind: "user" };
}

function userOf(ids: SenderIds): string | undefined {
  if (ids.userId !== sharedUser) return ids.userId;
  if (ids.userShortName === undefined) throw new MessageError("UserShortName is missing");
  return ids.userShortName;
}

function opaque(body: PlistDict, key: string): string | undefined {
  return matching(body, key, /^[A-Za-z0-9-]{1,64}$/);
}

/** A colon would make two channels look like one. */
function shortName(body: PlistDict): string | undefined {
  return matching(body, "UserShortName", /^[^:\s\p{C}]{1,128}$/u);
}

function matching(body: PlistDict, key: string, pattern: RegExp): string | undefined {
  const value = body[key];
  if (value === undefined) return undefined;
  if (typeof value !== "string" || !pattern.test(value)) throw new MessageError(`${key} is malformed`);
  return value;
}

/** The text at `key`, when it is there and not longer than `longest`. Throws MessageError otherwise. */
export function requiredText(body: PlistDict, key: string, longest = 256): string {
  const value = textAt(body, key);
  if (value === undefined || value === "" || value.length > longest) {
    throw new MessageError(`${key} is missing or malformed`);
  }
  return value;
}
