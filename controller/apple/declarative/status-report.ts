import { schemaTypes } from "../../core/apple-schema/tables.ts";
import type { Json } from "../../core/canonical.ts";
import { cleanText } from "../../core/clean-text.ts";
import type { Fact, Facts } from "../../core/facts.ts";
import type { DeclarationStatus } from "../../core/observed.ts";
import { MessageError } from "../message.ts";
import { statusDetail } from "./status-detail.ts";

/** What one StatusReport says. What it does not contain is not known to have changed. */
export interface StatusReport {
  /** It holds everything there is, and not only what changed. */
  readonly full: boolean;
  readonly declarations: Readonly<Record<string, DeclarationStatus>> | undefined;
  /** Declarations that are gone, by the device's word. */
  readonly gone: readonly string[];
  readonly supports: readonly string[] | undefined;
  readonly facts: Facts;
  /** Reasons in words, by declaration: they are for people and differ from device to device. */
  readonly told: Readonly<Record<string, string>>;
  readonly detail: { readonly entries: Readonly<Record<string, Json>>; readonly gone: readonly string[] };
}

const mostBytes = 2 * 1024 * 1024;
const mostDeclarations = 1_000;

/**
 * Reads the Data of the `status` endpoint (Apple's schema: StatusReport, management.declarations,
 * management.client-capabilities). Throws MessageError, and nothing else.
 */
export function readStatusReport(bytes: Uint8Array | undefined): StatusReport {
  if (bytes === undefined || bytes.length > mostBytes)
    throw new MessageError("no status report, or too large");
  const report = record(parse(bytes));
  const items = record(report?.StatusItems);
  if (report === undefined || items === undefined)
    throw new MessageError("a status report without StatusItems");
  const listed = statusesOf(record(record(items.management)?.declarations));
  return {
    full: report.FullReport === true,
    ...listed,
    supports: supportsOf(at(items, "management.client-capabilities.supported-payloads.declarations")),
    facts: factsOf(items),
    detail: statusDetail(items, names()),
  };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new MessageError("a status report that is not JSON");
  }
}

let known: readonly string[] | undefined;

/** Names of status items; those of declarations are read apart. */
function names(): readonly string[] {
  known ??= [...schemaTypes("status")].filter(
    (name) => !name.startsWith("management.") && name.includes("."),
  );
  return known;
}

function statusesOf(
  lists: Record<string, unknown> | undefined,
): Pick<StatusReport, "declarations" | "gone" | "told"> {
  if (lists === undefined) return { declarations: undefined, gone: [], told: {} };
  const all = ["activations", "configurations", "assets", "management"].flatMap((name) => list(lists[name]));
  const declarations: Record<string, DeclarationStatus> = {};
  const told: Record<string, string> = {};
  const gone: string[] = [];
  for (const one of all.slice(0, mostDeclarations)) {
    const { identifier } = one;
    if (typeof identifier !== "string" || Buffer.byteLength(identifier) > 64) continue;
    // Apple's schema calls the flag `_removed`, its text `removed`.
    if (one._removed === true || one.removed === true) gone.push(identifier);
    else declarations[identifier] = statusOf(one);
    const words = wordsOf(one);
    if (words !== "") told[identifier] = words;
  }
  return { declarations, gone, told };
}

function statusOf(one: Record<string, unknown>): DeclarationStatus {
  const token = one["server-token"];
  const valid = one.valid === "valid" || one.valid === "invalid" ? one.valid : "unknown";
  const codes = list(one.reasons).map(({ code }) => (typeof code === "string" ? cleanText(code, 64) : "?"));
  return {
    token: typeof token === "string" ? cleanText(token, 64) : "",
    active: one.active === true,
    valid,
    ...(codes.length === 0 ? {} : { reasons: codes.slice(0, 4) }),
  };
}

function wordsOf(one: Record<string, unknown>): string {
  const words = list(one.reasons).flatMap(({ description }) =>
    typeof description === "string" ? [cleanText(description, 200)] : [],
  );
  return words.slice(0, 4).join("; ");
}

function supportsOf(declarations: unknown): readonly string[] | undefined {
  const lists = record(declarations);
  if (lists === undefined) return undefined;
  const types = Object.values(lists)
    .flatMap((one) => (Array.isArray(one) ? one : []))
    .filter((type): type is string => typeof type === "string" && /^[\w.-]{1,128}$/.test(type));
  return [...new Set(types)].sort().slice(0, 500);
}

function factsOf(items: Record<string, unknown>): Facts {
  const version = at(items, "device.operating-system.version");
  const facts: Record<string, Fact> = {};
  if (typeof version === "string" && /^\d{1,4}(\.\d{1,4}){0,3}$/.test(version))
    facts.osVersion = { value: version, source: "reported" };
  return facts;
}

function at(items: Record<string, unknown>, path: string): unknown {
  return path.split(".").reduce<unknown>((value, step) => record(value)?.[step], items);
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function list(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record).filter((one) => one !== undefined) : [];
}
