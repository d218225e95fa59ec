import { cleanText } from "../../core/clean-text.ts";
import { meaningOf } from "./error-numbers.ts";
import type { Fields } from "./exchange.ts";

/** What the service takes in one request, and where (Apple: Service Config). */
export interface ServiceConfig {
  readonly maxAssets: number;
  readonly maxSerialNumbers: number;
  readonly urls: Readonly<
    Record<
      | "getAssets"
      | "getAssignments"
      | "associateAssets"
      | "disassociateAssets"
      | "eventStatus"
      | "clientConfig",
      string
    >
  >;
}

/** An MDM that manages a location (Apple: MdmInfo). */
export interface MdmInfo {
  readonly id: string;
  readonly name: string;
}

/** The location of a token (Apple: ClientConfigResponse). */
export interface LocationConfig {
  readonly uId: string;
  readonly name: string;
  /** Who manages it; undefined when nobody has said so. */
  readonly manager: MdmInfo | undefined;
}

/** How many licences of an item the location has (Apple: ResponseAsset). */
export interface Asset {
  readonly adamId: string;
  readonly available: number;
  readonly used: number;
  readonly total: number;
  readonly deviceAssignable: boolean;
}

/** How far an event has come (Apple: StatusResponse). */
export interface EventStatus {
  readonly status: "PENDING" | "COMPLETE" | "FAILED";
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly number: number;
  readonly reason: string;
  /** Undefined: all of the request. */
  readonly serials: ReadonlySet<string> | undefined;
}

const names = [
  "getAssets",
  "getAssignments",
  "associateAssets",
  "disassociateAssets",
  "eventStatus",
  "clientConfig",
] as const;

/**
 * Reads a service configuration. A URL counts only where `trusts` holds: the token goes there. Undefined when
 * something is missing.
 */
export function readServiceConfig(body: Fields, trusts: (url: string) => boolean): ServiceConfig | undefined {
  const limits = objectAt(body, "limits");
  const urls = objectAt(body, "urls");
  const found = names.map((name) => [name, urls[name]] as const);
  if (!found.every(([, url]) => typeof url === "string" && trusts(url))) return undefined;
  const maxAssets = countAt(limits, "maxAssets");
  const maxSerialNumbers = countAt(limits, "maxSerialNumbers");
  if (!maxAssets || !maxSerialNumbers) return undefined;
  return { maxAssets, maxSerialNumbers, urls: Object.fromEntries(found) as ServiceConfig["urls"] };
}

/** Reads who manages a location. */
export function readLocation(body: Fields): LocationConfig {
  const info = objectAt(body, "mdmInfo");
  const id = textAt(info, "id");
  return {
    uId: textAt(body, "uId"),
    name: textAt(body, "locationName"),
    manager: id === "" ? undefined : { id, name: textAt(info, "name") },
  };
}

/** Reads the counts of one item; those of other qualities are not an app's (Apple: pricingParam). */
export function readAsset(body: Fields, adamId: string): Asset | undefined {
  const asset = listAt(body, "assets").find(
    (one) => String(one.adamId) === adamId && (one.pricingParam ?? "STDQ") === "STDQ",
  );
  if (asset === undefined) return undefined;
  return {
    adamId,
    available: countAt(asset, "availableCount") ?? 0,
    used: countAt(asset, "assignedCount") ?? 0,
    total: countAt(asset, "totalCount") ?? 0,
    deviceAssignable: asset.deviceAssignable === true,
  };
}

/** Reads one page of serial numbers, and the number of the next. */
export function readAssignments(
  body: Fields,
  adamId: string,
): { readonly serials: readonly string[]; readonly next: number | undefined } {
  const serials = listAt(body, "assignments").flatMap((one) =>
    String(one.adamId) === adamId && typeof one.serialNumber === "string" ? [one.serialNumber] : [],
  );
  return { serials, next: countAt(body, "nextPageIndex") };
}

/** Reads how far an event has come; undefined when it says nothing known. */
export function readEventStatus(body: Fields): EventStatus | undefined {
  const status = (["PENDING", "COMPLETE", "FAILED"] as const).find((one) => one === body.eventStatus);
  if (status === undefined) return undefined;
  const failures = listAt(body, "failures").map((one): Failure => {
    const number = countAt(one, "errorNumber") ?? 0;
    const { serialNumbers } = objectAt(one, "errorInfo");
    const serials = Array.isArray(serialNumbers)
      ? new Set(serialNumbers.filter((serial) => typeof serial === "string"))
      : undefined;
    return { number, reason: meaningOf(number, textAt(one, "errorMessage")), serials };
  });
  return { status, failures };
}

function objectAt(fields: Fields, key: string): Fields {
  const value = fields[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function listAt(fields: Fields, key: string): readonly Fields[] {
  const value = fields[key];
  return Array.isArray(value)
    ? value.filter((one): one is Fields => typeof one === "object" && one !== null)
    : [];
}

/** A text of somebody else's, fit to be shown. */
export function textAt(fields: Fields, key: string): string {
  const value = fields[key];
  return typeof value === "string" ? cleanText(value, 300) : "";
}

function countAt(fields: Fields, key: string): number | undefined {
  const value = fields[key];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
