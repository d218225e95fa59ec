import { checkAndroid } from "../../core/android-schema/read-value.ts";
import { isObject } from "./google/field-mask.ts";
import type { Json } from "./kept.ts";

/** What a notification of a type carries. */
const NOTIFIED: Readonly<Record<string, string>> = {
  ENROLLMENT: "Device",
  STATUS_REPORT: "Device",
  COMMAND: "Operation",
  USAGE_LOGS: "BatchUsageLogEvents",
};

/** Where a message that the emulator sends is none of the schema, as `path: fault`. */
export function answerFaults(schema: string, body: Json): readonly string[] {
  const own = faultsOf(schema, body);
  const operations = schema === "Operation" ? [body] : listIn(body.operations);
  return [...own, ...operations.flatMap(({ metadata }) => commandFaults(metadata))];
}

/** The same of the body of a notification. */
export function notificationFaults(type: string, body: Json): readonly string[] {
  const schema = NOTIFIED[type];
  return schema === undefined ? [`nothing is known of ${type}`] : answerFaults(schema, body);
}

/** The metadata of an operation is a command, with its type beside. */
function commandFaults(metadata: unknown): readonly string[] {
  if (!isObject(metadata)) return ["an operation has no metadata"];
  const { "@type": type, ...command } = metadata;
  const named = String(type).endsWith(".v1.Command") ? [] : [`metadata: ${String(type)}`];
  return [...named, ...faultsOf("Command", command)];
}

/** Whoever answers leaves out what has its default, also where a request could not. */
function faultsOf(schema: string, body: Json): readonly string[] {
  return checkAndroid(schema, body)
    .filter(({ fault }) => fault.type !== "missing-field")
    .map(({ path, fault }) => `${path.join(".")}: ${fault.type}`);
}

function listIn(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
