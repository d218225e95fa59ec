import { type DeviceTraits, unmet } from "./requirement.ts";
import { requirementText } from "./requirement-text.ts";
import type { OsGates, SchemaKind } from "./schema.ts";
import { schemaEntries } from "./tables.ts";

/** The gates of a command by its RequestType; undefined when Apple's schema has no such command. */
export function commandGates(requestType: string): OsGates | undefined {
  return gatesOf("command", requestType);
}

/** The gates of a declaration by its type. */
export function declarationGates(type: string): OsGates | undefined {
  return gatesOf("declaration", type);
}

/** The gates of a configuration payload by its PayloadType; of types with several files those of the first. */
function payloadGates(type: string): OsGates | undefined {
  return gatesOf("payload", type);
}

/** The gates of a status item by its name. */
export function statusGates(name: string): OsGates | undefined {
  return gatesOf("status", name);
}

/** Why a device cannot carry out a command, in words; undefined when nothing is known to stand against it. */
export function commandRefusal(requestType: string, traits: DeviceTraits): string | undefined {
  return refusal(requestType, commandGates(requestType), traits);
}

/** Why a channel cannot use a declaration of a type, in words; undefined when nothing is known to stand against it. */
export function declarationRefusal(type: string, traits: DeviceTraits): string | undefined {
  return refusal(type, declarationGates(type), traits);
}

/** Why a device would refuse a payload of a type, in words; undefined when nothing is known to stand against it. */
export function payloadRefusal(type: string, traits: DeviceTraits): string | undefined {
  return refusal(type, payloadGates(type), traits);
}

function gatesOf(kind: SchemaKind, type: string): OsGates | undefined {
  const [entry] = schemaEntries(kind, type);
  return entry === undefined ? undefined : (entry.os ?? {});
}

function refusal(name: string, gates: OsGates | undefined, traits: DeviceTraits): string | undefined {
  const missing = unmet(gates, traits);
  if (missing.length === 0) return undefined;
  return `${name} ${missing.map((one) => requirementText(one, traits.platform)).join(" and ")}`;
}
