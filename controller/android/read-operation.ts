import type { Operated } from "../core/android-operations.ts";
import { isObject, type JsonObject, objectAt, textAt, timeAt } from "./json-object.ts";
import { cleanText, secretsIn } from "./redact.ts";

/** An operation of Google's, as far as it may be kept: its metadata repeats a new password. */
export interface OperationReading {
  readonly name: string;
  readonly type: string | undefined;
  /** Epoch ms, by Google's clock. */
  readonly createdAt: number | undefined;
  /** Undefined while the device has not executed it. */
  readonly outcome: Operated | undefined;
}

/** google.rpc.Code */
const cancelled = 1;
const deadlineExceeded = 4;

/** Undefined for what is no operation with a name. */
export function readOperation(value: unknown): OperationReading | undefined {
  const name = isObject(value) ? textAt(value, "name") : undefined;
  if (!isObject(value) || name === undefined || !operationName.test(name)) return undefined;
  const metadata = objectAt(value, "metadata");
  return {
    name,
    type: textAt(metadata, "type"),
    createdAt: timeAt(metadata ?? {}, "createTime"),
    outcome: value.done === true ? outcomeOf(value, metadata ?? {}) : undefined,
  };
}

const operationName = /^enterprises\/[\w-]{1,128}\/devices\/[\w-]{1,128}\/operations\/[\w-]{1,128}$/;

/** What the command itself says comes first, then its error code, then the operation's error. */
function outcomeOf(operation: JsonObject, metadata: JsonObject): Operated {
  const specific = specificOf(metadata);
  if (specific !== undefined) return specific;
  const errorCode = textAt(metadata, "errorCode");
  if (errorCode !== undefined) return { type: "failed", text: errorWords[errorCode] ?? word(errorCode) };
  const error = objectAt(operation, "error");
  if (error === undefined) return { type: "executed" };
  if (error.code === cancelled) return { type: "cancelled" };
  if (error.code === deadlineExceeded) return { type: "expired" };
  const text = cleanText(textAt(error, "message") ?? "it gave no reason", secretsIn(operation));
  return { type: "failed", text: `Google says: ${text}` };
}

/** `Command.errorCode` in words. */
const errorWords: Readonly<Record<string, string>> = {
  UNKNOWN: "the device could not do it, and does not say why",
  API_LEVEL: "its Android is too old for that",
  MANAGEMENT_MODE: "it is not managed in a way that allows that",
  INVALID_VALUE: "it does not take this value",
  UNSUPPORTED: "it does not support that",
};

function specificOf(metadata: JsonObject): Operated | undefined {
  const start = textAt(objectAt(metadata, "startLostModeStatus"), "status");
  if (start !== undefined)
    return start === "SUCCESS"
      ? { type: "executed" }
      : { type: "failed", text: lostWords[start] ?? word(start) };
  const stop = textAt(objectAt(metadata, "stopLostModeStatus"), "status");
  if (stop === "NOT_IN_LOST_MODE") return { type: "executed", note: "it was not in Lost Mode" };
  if (stop !== undefined)
    return stop === "SUCCESS" ? { type: "executed" } : { type: "failed", text: word(stop) };
  return clearedOf(objectAt(objectAt(metadata, "clearAppsDataStatus"), "results"));
}

const lostWords: Readonly<Record<string, string>> = {
  RESET_PASSWORD_RECENTLY: "its password was reset lately: it takes Lost Mode later",
  USER_EXIT_LOST_MODE_RECENTLY: "its user left Lost Mode lately: it takes it again later",
  ALREADY_IN_LOST_MODE: "it is in Lost Mode already, with the message that it had",
};

/** Each app has a result of its own; one that was not cleared is a failure, and said by name. */
function clearedOf(results: JsonObject | undefined): Operated | undefined {
  if (results === undefined) return undefined;
  const all = Object.entries(results)
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    .map(([name, one]) => ({
      name: cleanText(name),
      result: word(textAt(one, "clearingResult") ?? "UNKNOWN"),
    }));
  const said = cleanText(all.map(({ name, result }) => `${name}: ${result}`).join(", "));
  const isWhole = all.every(({ result }) => result === "SUCCESS");
  return isWhole ? { type: "executed", note: said } : { type: "failed", text: said };
}

/** A word of Google's, or something that looks like one. */
function word(text: string): string {
  return /^[A-Z_]{1,64}$/.test(text) ? text : cleanText(text);
}

/** The operations in a page of `operations.list`. */
export function readOperations(values: readonly unknown[]): readonly OperationReading[] {
  return values.flatMap((one) => readOperation(one) ?? []);
}
