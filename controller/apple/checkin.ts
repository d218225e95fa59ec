import { cleanText } from "../core/clean-text.ts";
import type { Facts } from "../core/facts.ts";
import type { PushAddress } from "../core/ports.ts";
import {
  type ChannelKey,
  channelKey,
  MessageError,
  readDictionary,
  readIds,
  requiredText,
  type SenderIds,
} from "./message.ts";
import { factsOf } from "./reported-facts.ts";
import { bytesAt, dictAt, type PlistDict, textAt } from "./wire/plist.ts";

/** What a device says of itself when it enrolls. */
export interface DeviceIdentity {
  readonly serial: string | undefined;
  readonly name: string | undefined;
  readonly imei: string | undefined;
  readonly meid: string | undefined;
  readonly buildVersion: string | undefined;
}

/** A check-in message (Apple: MDM "Check-in"), after validation; times and trust are the caller's. */
export type CheckIn = { readonly ids: SenderIds; readonly channel: ChannelKey } & (
  | {
      readonly type: "Authenticate";
      readonly topic: string;
      readonly facts: Facts;
      readonly device: DeviceIdentity;
    }
  | {
      readonly type: "TokenUpdate";
      readonly push: PushAddress;
      /** Absent: keep the one that is stored. */
      readonly unlockToken: Uint8Array | undefined;
      readonly awaitingConfiguration: boolean;
    }
  | { readonly type: "CheckOut"; readonly topic: string | undefined }
  /** Undefined: the stored token is to be deleted. */
  | { readonly type: "SetBootstrapToken"; readonly token: Uint8Array | undefined }
  | { readonly type: "GetBootstrapToken" }
  | { readonly type: "GetToken"; readonly service: string; readonly parameters: PlistDict | undefined }
  | { readonly type: "UserAuthenticate"; readonly digestResponse: string | undefined }
  | {
      readonly type: "DeclarativeManagement";
      readonly endpoint: string;
      readonly data: Uint8Array | undefined;
    }
  | { readonly type: "ReturnToService" }
  /** A message of a newer system: answered with nothing. */
  | { readonly type: "unknown"; readonly messageType: string }
);

/** The message in the body of a check-in. Throws MessageError, and nothing else. */
export function readCheckIn(bytes: Uint8Array): CheckIn {
  const body = readDictionary(bytes);
  const ids = readIds(body);
  const sender = { ids, channel: channelKey(ids) };
  const messageType = requiredText(body, "MessageType", 64);
  switch (messageType) {
    case "Authenticate":
      return { ...sender, ...authenticate(body, ids) };
    case "TokenUpdate":
      return { ...sender, ...tokenUpdate(body) };
    case "CheckOut":
      return { ...sender, type: "CheckOut", topic: textAt(body, "Topic") };
    case "SetBootstrapToken":
      return { ...sender, type: "SetBootstrapToken", token: nonEmpty(body, "BootstrapToken") };
    case "GetBootstrapToken":
      return { ...sender, type: "GetBootstrapToken" };
    case "GetToken":
      return {
        ...sender,
        type: "GetToken",
        service: requiredText(body, "TokenServiceType", 128),
        parameters: dictAt(body, "TokenParameters"),
      };
    case "UserAuthenticate":
      return { ...sender, type: "UserAuthenticate", digestResponse: textAt(body, "DigestResponse") };
    case "DeclarativeManagement":
      return {
        ...sender,
        type: "DeclarativeManagement",
        endpoint: requiredText(body, "Endpoint", 256),
        data: bytesAt(body, "Data"),
      };
    case "ReturnToService":
      return { ...sender, type: "ReturnToService" };
    default:
      return { ...sender, type: "unknown", messageType: cleanText(messageType, 64) };
  }
}

/** In User Enrollment nothing says which device it is (Apple: Authenticate); what somebody says of it is left out. */
function authenticate(body: PlistDict, { udid }: SenderIds) {
  const said = (key: string) => (udid === undefined ? undefined : identifier(body, key));
  return {
    type: "Authenticate",
    topic: requiredText(body, "Topic"),
    facts: factsOf(body),
    device: {
      serial: said("SerialNumber"),
      name: shown(body, "DeviceName"),
      imei: said("IMEI"),
      meid: said("MEID"),
      buildVersion: shown(body, "BuildVersion"),
    },
  } as const;
}

function tokenUpdate(body: PlistDict) {
  const token = nonEmpty(body, "Token");
  if (token === undefined || token.length > 256) throw new MessageError("Token is missing or malformed");
  return {
    type: "TokenUpdate",
    push: {
      token: Buffer.from(token).toString("hex"),
      magic: requiredText(body, "PushMagic"),
      topic: requiredText(body, "Topic"),
    },
    unlockToken: nonEmpty(body, "UnlockToken"),
    awaitingConfiguration: body.AwaitingConfiguration === true,
  } as const;
}

function nonEmpty(body: PlistDict, key: string): Uint8Array | undefined {
  const bytes = bytesAt(body, key);
  return bytes !== undefined && bytes.length > 0 && bytes.length <= 65_536 ? bytes : undefined;
}

function shown(body: PlistDict, key: string): string | undefined {
  const text = textAt(body, key);
  return text === undefined || text === "" ? undefined : cleanText(text, 256);
}

/** A serial number, IMEI or MEID; IMEIs come with spaces. Something else is treated as not reported. */
function identifier(body: PlistDict, key: string): string | undefined {
  const text = textAt(body, key)?.replaceAll(" ", "");
  return text !== undefined && /^[A-Za-z0-9-]{1,64}$/.test(text) ? text : undefined;
}
