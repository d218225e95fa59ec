import type { Operated } from "../core/android-operations.ts";
import { isObject, type JsonObject, objectAt, textAt, timeAt } from "./json-object.ts";
import { specificOutcome, word } from "./operation-status.ts";
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
function outcomeOf(operation: JsonObject, metadata: JsonObject): Operated | undefined {
  const specific = specificOutcome(metadata);
  if (specific !== undefined && specific !== "open") return specific;
  const errorCode = textAt(metadata, "errorCode");
  if (errorCode !== undefined && errorCode !== noError)
    return { type: "failed", text: errorWords[errorCode] ?? word(errorCode) };
  const error = objectAt(operation, "error");
  if (error === undefined) return specific === "open" ? undefined : { type: "executed" };
  if (error.code === cancelled) return { type: "cancelled" };
  if (error.code === deadlineExceeded) return { type: "expired" };
  const text = cleanText(textAt(error, "message") ?? "it gave no reason", secretsIn(operation));
  return { type: "failed", text: `Google says: ${text}` };
}

const noError = "COMMAND_ERROR_CODE_UNSPECIFIED";

/** `Command.errorCode` in words. */
const errorWords: Readonly<Record<string, string>> = {
  UNKNOWN: "the device could not do it, and does not say why",
  API_LEVEL: "its Android is too old for that",
  MANAGEMENT_MODE: "it is not managed in a way that allows that",
  INVALID_VALUE: "it does not take this value: a password may be too weak for its policy",
  UNSUPPORTED: "it does not support that; a newer Android Device Policy on it may",
};

/** The operations in a page of `operations.list`. */
export function readOperations(values: readonly unknown[]): readonly OperationReading[] {
  return values.flatMap((one) => readOperation(one) ?? []);
}
