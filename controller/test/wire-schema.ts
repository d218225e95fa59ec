import { declarationRefusal, statusGates } from "../core/apple-schema/gates.ts";
import { readDictionary, type ValueFinding, type ValueReading } from "../core/apple-schema/read-value.ts";
import { type DeviceTraits, systemOf, unmet } from "../core/apple-schema/requirement.ts";
import { requirementText } from "../core/apple-schema/requirement-text.ts";
import type { KeyList, SchemaEntry, SchemaKey, SchemaKind } from "../core/apple-schema/schema.ts";
import { isOfScope } from "../core/apple-schema/scope.ts";
import { keysIn, schemaEntries, schemaTypes } from "../core/apple-schema/tables.ts";
import { pathText } from "../core/path-text.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Who speaks: in every message, also where the schema does not repeat it. */
const speaker: readonly SchemaKey[] = [
  { key: "UDID", type: "string" },
  { key: "EnrollmentID", type: "string" },
  { key: "EnrollmentUserID", type: "string" },
  { key: "UserID", type: "string" },
  { key: "UserShortName", type: "string" },
  { key: "UserLongName", type: "string" },
];

/** What stands in every answer beside what the command asks for. */
const besideAnswers: readonly SchemaKey[] = [
  ...speaker,
  { key: "NotOnConsole", type: "boolean" },
  { key: "CommandUUID", type: "string" },
  {
    key: "Status",
    type: "string",
    required: true,
    values: ["Idle", "Acknowledged", "Error", "CommandFormatError", "NotNow"],
  },
  {
    key: "ErrorChain",
    type: "array",
    keys: [
      {
        key: "Error",
        type: "dictionary",
        keys: [
          { key: "ErrorCode", type: "integer", required: true },
          { key: "ErrorDomain", type: "string", required: true },
          { key: "LocalizedDescription", type: "string", required: true },
          { key: "USEnglishDescription", type: "string" },
        ],
      },
    ],
  },
];

const nothing: SchemaEntry = { type: "", file: "" };

/** What is wrong with a check-in message by Apple's schema, in words. */
export function checkInFaults(body: Fields, traits: DeviceTraits): readonly string[] {
  const [entry] = schemaEntries("checkin", String(body.MessageType));
  const own = new Set(keysIn(entry ?? nothing, entry?.keys).map((key) => key.key));
  const beside = speaker.filter((key) => !own.has(key.key));
  return messageFaults("checkin", String(body.MessageType), body, traits, (one) => one.keys, beside);
}

/** What is wrong with a command: the keys below `Command`, and what this device would refuse or ignore of it. */
export function commandFaults(command: Fields, traits: DeviceTraits): readonly string[] {
  const { RequestType: type, ...fields } = command;
  const [entry] = schemaEntries("command", String(type));
  if (entry === undefined) return [`${type}: no such command`];
  const refused = unmet(entry.os, traits).map((one) => requirementText(one, traits.platform));
  const { uses } = readDictionary(entry, entry.keys, fields);
  const ignored = uses.flatMap((use) =>
    use.isDefault
      ? []
      : unmet(use.gates, traits).map((one) => `${use.key} ${requirementText(one, traits.platform)}`),
  );
  return [
    ...(refused.length > 0 ? refused : [...new Set(ignored)]).map((text) => `${type}: ${text}`),
    ...messageFaults("command", String(type), fields, traits, (one) => one.keys),
  ];
}

/**
 * What is wrong with the answer to a command. Only an acknowledgement has to hold what was asked for; a refusal may hold
 * a part of it (InstallApplication says its `Identifier` and `RejectionReason`).
 */
export function answerFaults(
  type: string | undefined,
  body: Fields,
  traits: DeviceTraits,
): readonly string[] {
  if (body.Status === "Acknowledged" && type !== undefined)
    return messageFaults("command", type, body, traits, (entry) => entry.response, besideAnswers);
  const [entry] = type === undefined ? [] : schemaEntries("command", type);
  const reading = readDictionary(entry ?? nothing, entry?.response, body, { beside: besideAnswers });
  const findings = reading.findings.filter(
    ({ fault, key, path }) => fault.type !== "missing-key" || key === "Status" || path[0] === "ErrorChain",
  );
  return faultsIn(type ?? "answer", { ...reading, findings }, traits);
}

/** What is wrong with what a device says of itself before it enrolls. */
export function machineFaults(machine: Fields, traits: DeviceTraits): readonly string[] {
  return messageFaults("other", "MachineInfo", machine, traits, (entry) => entry.keys);
}

/** What is wrong with an error that says more than its status. */
export function errorFaults(error: Fields, traits: DeviceTraits): readonly string[] {
  return jsonFaults("error", String(error.code).replace(/^com\.apple\./, ""), error, traits);
}

/** What is wrong with what a device is told of declarations, by the endpoint that it asked. */
export function declarativeFaults(endpoint: string, body: Fields, traits: DeviceTraits): readonly string[] {
  if (endpoint === "tokens") return jsonFaults("protocol", "TokensResponse", body, traits);
  if (endpoint === "declaration-items")
    return jsonFaults("protocol", "DeclarationItemsResponse", body, traits);
  const type = String(body.Type);
  const refused = traits.channel === "user" ? declarationRefusal(type, traits) : undefined;
  return [
    ...(refused === undefined ? [] : [refused]),
    ...(traits.channel === "user" ? subscriptionFaults(body.Payload as Fields) : []),
    ...jsonFaults("declaration", "any", body, traits),
    ...jsonFaults("declaration", type, (body.Payload ?? {}) as Fields, traits),
  ];
}

/** What a user's channel is asked to tell and never can. */
function subscriptionFaults({ StatusItems: items }: Fields): readonly string[] {
  const names = Array.isArray(items) ? items.map((one) => String(one?.Name)) : [];
  return names
    .filter((name) => !isOfScope(statusGates(name) ?? {}, "user"))
    .map((name) => `${name} is subscribed to on the channel of a user`);
}

/** What is wrong with a status report. Items are nested dictionaries by the parts of their names. */
export function statusFaults(body: Fields, traits: DeviceTraits): readonly string[] {
  const names = new Set(schemaTypes("status"));
  return [
    ...jsonFaults("protocol", "StatusReport", body, traits),
    ...itemFaults(names, [], (body.StatusItems ?? {}) as Fields, traits),
  ];
}

function itemFaults(
  names: ReadonlySet<string>,
  above: readonly string[],
  items: Fields,
  traits: DeviceTraits,
): readonly string[] {
  return Object.entries(items).flatMap(([part, value]) => {
    const name = [...above, part].join(".");
    if (names.has(name)) return jsonFaults("status", name, { [name]: withoutRemoved(value) }, traits);
    const isFurther = typeof value === "object" && value !== null && !Array.isArray(value);
    return isFurther
      ? itemFaults(names, [...above, part], value as Fields, traits)
      : [`${name}: no such status item`];
  });
}

/** An incremental report says of an element that is gone no more than its identifier. */
function withoutRemoved(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => one?._removed !== true).map(withoutRemoved);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutRemoved(one)]));
}

function jsonFaults(kind: SchemaKind, type: string, body: Fields, traits: DeviceTraits): readonly string[] {
  const [entry] = schemaEntries(kind, type);
  if (entry === undefined) return [`${type}: no such ${kind}`];
  return faultsIn(type, readDictionary(entry, entry.keys, body, { json: true }), traits);
}

function messageFaults(
  kind: SchemaKind,
  type: string,
  body: Fields,
  traits: DeviceTraits,
  listOf: (entry: SchemaEntry) => KeyList | undefined,
  beside: readonly SchemaKey[] = [],
): readonly string[] {
  const [entry] = schemaEntries(kind, type);
  if (entry === undefined) return [`${type}: no such ${kind}`];
  return faultsIn(type, readDictionary(entry, listOf(entry), body, { beside }), traits);
}

function faultsIn(name: string, { findings }: ValueReading, traits: DeviceTraits): readonly string[] {
  return findings.filter((one) => matters(one, traits)).map((one) => `${name}: ${faultText(one)}`);
}

/** A key that only some devices have is asked for of those alone. */
function matters({ fault, gates }: ValueFinding, traits: DeviceTraits): boolean {
  if (fault.type !== "missing-key") return true;
  const system = systemOf(traits.platform);
  const gate = system === undefined ? undefined : gates[system];
  if (gate?.userEnrollment === "required" && traits.enrollment !== "user") return false;
  if (gate?.sharedIpad?.mode === "required" && traits.sharedIpad !== true) return false;
  return unmet(gates, traits).length === 0;
}

function faultText({ fault, key, path }: ValueFinding): string {
  const place = pathText(path);
  if (fault.type === "missing-key") return `${place === "" ? key : `${place}.${key}`} is missing`;
  if (fault.type === "wrong-type") return `${place} is ${fault.found}, not ${fault.expected}`;
  return `${place}: ${fault.type}`;
}
