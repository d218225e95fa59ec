import type { Operated } from "../core/android-operations.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "./json-object.ts";
import { cleanText } from "./redact.ts";

/**
 * What a command says of its own end (`Command.startLostModeStatus` and the like), which counts before its error code:
 * `open` while the device or its user is at it, undefined when it says nothing.
 */
export function specificOutcome(metadata: JsonObject): Operated | "open" | undefined {
  return (
    lostModeBegun(statusOf(objectAt(metadata, "startLostModeStatus"))) ??
    lostModeEnded(statusOf(objectAt(metadata, "stopLostModeStatus"))) ??
    cleared(objectAt(objectAt(metadata, "clearAppsDataStatus"), "results")) ??
    esim(objectAt(metadata, "esimStatus")) ??
    told(objectAt(metadata, "requestDeviceInfoStatus"))
  );
}

function statusOf(answer: JsonObject | undefined): string | undefined {
  const status = textAt(answer, "status");
  return status === "STATUS_UNSPECIFIED" ? undefined : status;
}

function lostModeBegun(status: string | undefined): Operated | undefined {
  if (status === undefined) return undefined;
  return status === "SUCCESS" ? { type: "executed" } : failed(lostWords[status] ?? word(status));
}

const lostWords: Readonly<Record<string, string>> = {
  RESET_PASSWORD_RECENTLY: "its password was reset lately: it takes Lost Mode later",
  USER_EXIT_LOST_MODE_RECENTLY: "its user left Lost Mode lately: it takes it again later",
  ALREADY_IN_LOST_MODE: "it is in Lost Mode already, with the message that it had",
};

function lostModeEnded(status: string | undefined): Operated | undefined {
  if (status === undefined) return undefined;
  if (status === "NOT_IN_LOST_MODE") return { type: "executed", note: "it was not in Lost Mode" };
  return status === "SUCCESS" ? { type: "executed" } : failed(word(status));
}

/** Each app has a result of its own; one that was not cleared is a failure, and said by name. */
function cleared(results: JsonObject | undefined): Operated | undefined {
  if (results === undefined) return undefined;
  const all = Object.entries(results)
    .filter((entry): entry is [string, JsonObject] => isObject(entry[1]))
    .map(([name, one]) => ({
      name: cleanText(name),
      result: word(textAt(one, "clearingResult") ?? "UNKNOWN"),
    }));
  const said = cleanText(all.map(({ name, result }) => `${name}: ${result}`).join(", "));
  const isWhole = all.every(({ result }) => result === "SUCCESS");
  return isWhole ? { type: "executed", note: said } : failed(said);
}

/** What is under way is no end, whether the operation is called done or not. */
const underWay: ReadonlySet<string> = new Set(["IN_PROGRESS", "PENDING_USER_ACTION"]);

function esim(answer: JsonObject | undefined): Operated | "open" | undefined {
  const status = statusOf(answer);
  if (status === undefined) return undefined;
  if (underWay.has(status)) return "open";
  if (status !== "SUCCESS") return failed(esimWords[status] ?? internalError(status, answer));
  const iccId = textAt(objectAt(answer, "esimInfo"), "iccId");
  return iccId === undefined || !/^\d{1,32}$/.test(iccId)
    ? { type: "executed" }
    : { type: "executed", note: `eSIM ${iccId}` };
}

const esimWords: Readonly<Record<string, string>> = {
  ERROR_SETUP_IN_PROGRESS: "it is still being set up",
  ERROR_USER_DENIED: "its user did not allow it",
  ERROR_ICC_ID_NOT_FOUND: "it has no eSIM of the company with this ICCID",
  ERROR_MULTIPLE_ACTIVE_ESIMS_NO_AVAILABLE_SLOT:
    "all its slots have active eSIMs: its user deactivates one, or the act says activate: false",
};

/** Words of Android's eSIM interface, such as `ERROR_INVALID_ACTIVATION_CODE`. */
function internalError(status: string, answer: JsonObject | undefined): string {
  const details = objectAt(answer, "internalErrorDetails");
  const words = ["errorCodeDetail", "operationCodeDetail"]
    .flatMap((key) => textAt(details, key) ?? [])
    .filter((one) => !one.endsWith("_UNSPECIFIED"))
    .map(word);
  return [word(status), ...words].join(", ");
}

function told(answer: JsonObject | undefined): Operated | "open" | undefined {
  const status = statusOf(answer);
  if (status === undefined) return undefined;
  if (underWay.has(status)) return "open";
  if (status !== "SUCCEEDED") return failed(toldWords[status] ?? word(status));
  const eids = listAt(objectAt(answer, "eidInfo"), "eids")
    .filter(isObject)
    .flatMap((one) => textAt(one, "eid") ?? [])
    .filter((one) => /^[0-9A-Fa-f]{1,64}$/.test(one));
  if (eids.length === 0) return failed("it told no EID");
  const value = eids.slice(0, 8).join(", ");
  return {
    type: "executed",
    note: "its EID is kept: `reeve secrets show DEVICE eid`",
    kept: { kind: "eid", value, source: "latest" },
  };
}

const toldWords: Readonly<Record<string, string>> = {
  USER_DECLINED: "its user did not want to tell it",
  UNSUPPORTED: "it has no eSIM, or cannot tell",
};

function failed(text: string): Operated {
  return { type: "failed", text };
}

/** A word of Google's, or something that looks like one. */
export function word(text: string): string {
  return /^[A-Z_]{1,64}$/.test(text) ? text : cleanText(text);
}
