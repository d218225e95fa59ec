import { cleanText } from "../core/clean-text.ts";
import type { DeviceError, Kept, Observation, Outcome, Report } from "../core/report.ts";
import { namingPayloads } from "./failing-payload.ts";
import {
  type ChannelKey,
  channelKey,
  MessageError,
  readDictionary,
  readIds,
  requiredText,
  type SenderIds,
} from "./message.ts";
import { isDict, listAt, type PlistDict, type PlistValue, textAt } from "./wire/plist.ts";

/** A message on the command channel (Apple: "Sending MDM commands to a device"). */
export interface ReportMessage {
  readonly ids: SenderIds;
  readonly channel: ChannelKey;
  readonly status: "Idle" | "Acknowledged" | "Error" | "CommandFormatError" | "NotNow";
  /** Undefined only when idle. As the device sent it: look it up among the commands of this very channel. */
  readonly commandId: string | undefined;
  readonly errors: readonly DeviceError[];
  /** The whole message, for `observe`. */
  readonly body: PlistDict;
}

const statuses: ReadonlySet<string> = new Set([
  "Idle",
  "Acknowledged",
  "Error",
  "CommandFormatError",
  "NotNow",
]);

/** The message in the body of a connection. Throws MessageError, and nothing else. */
export function readReport(bytes: Uint8Array): ReportMessage {
  const body = readDictionary(bytes);
  const ids = readIds(body);
  const status = requiredText(body, "Status", 64);
  if (!statuses.has(status)) throw new MessageError("Status is unknown");
  return {
    ids,
    channel: channelKey(ids),
    status: status as ReportMessage["status"],
    commandId: status === "Idle" ? undefined : commandIdOf(body),
    errors: errorsOf(body, status),
    body,
  };
}

/** The message in the words of the core; `observation` is what `observe` made of its body. */
export function toReport(message: ReportMessage, said: Said = {}): Report {
  if (message.commandId === undefined) return { type: "idle" };
  return { type: "result", commandId: message.commandId, outcome: outcomeOf(message, said) };
}

/** What was read in the body of an acknowledgement. */
export interface Said {
  readonly observation?: Observation | undefined;
  readonly errors?: readonly DeviceError[];
  readonly note?: string;
  readonly kept?: readonly Kept[];
}

function outcomeOf(message: ReportMessage, { observation, errors, note: said, kept }: Said): Outcome {
  if (message.status === "NotNow") return { status: "notNow" };
  if (message.status !== "Acknowledged") return { status: "failed", errors: message.errors };
  if (errors !== undefined) return { status: "failed", errors };
  const note = said ?? noteOf(message.body);
  return {
    status: "acknowledged",
    ...(observation === undefined ? {} : { observation }),
    ...(note === undefined ? {} : { note }),
    ...(kept === undefined || kept.length === 0 ? {} : { kept }),
  };
}

/** What an acknowledgement says besides yes: DeviceLock's MessageResult, InstallApplication's State. */
function noteOf(body: PlistDict): string | undefined {
  const lock = textAt(body, "MessageResult");
  if (lock !== undefined && lock !== "Success") return `message not shown: ${cleanText(lock, 128)}`;
  const reason = textAt(body, "RejectionReason");
  if (reason !== undefined) return `rejected: ${cleanText(reason, 128)}`;
  const state = textAt(body, "State");
  return state === undefined ? undefined : cleanText(state, 128);
}

function commandIdOf(body: PlistDict): string {
  const id = requiredText(body, "CommandUUID", 128);
  if (!/^[\x21-\x7e]+$/.test(id)) throw new MessageError("CommandUUID is malformed");
  return id;
}

/** The ErrorChain of a message or of a part of it, at most ten links. */
export function errorChain(body: PlistDict): DeviceError[] {
  return (listAt(body, "ErrorChain") ?? []).slice(0, 10).filter(isDict).map(linkOf);
}

/** The errors of a report; a failure always has at least one. */
function errorsOf(body: PlistDict, status: string): readonly DeviceError[] {
  const failed = status === "Error" || status === "CommandFormatError";
  const chain = errorChain(body);
  const reason = textAt(body, "RejectionReason");
  if (failed && reason !== undefined) {
    chain.push({ domain: "RejectionReason", code: 0, text: cleanText(reason, 128) });
  }
  if (failed && chain.length === 0)
    chain.push({ domain: status, code: 0, text: "the device gave no reason" });
  return namingPayloads(chain);
}

function linkOf(link: PlistDict): DeviceError {
  const text = textAt(link, "USEnglishDescription") ?? textAt(link, "LocalizedDescription") ?? "";
  return {
    domain: cleanText(textAt(link, "ErrorDomain") ?? "unknown", 128),
    code: codeOf(link.ErrorCode),
    text: cleanText(text, 512),
  };
}

function codeOf(value: PlistValue | undefined): number {
  return typeof value === "number" ? value : 0;
}
