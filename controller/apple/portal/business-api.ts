import { Retry } from "../../errors.ts";
import type { BusinessSession } from "./business-session.ts";
import { textIn } from "./capped-fetch.ts";

/** A device of the organization. */
export interface OrganizationDevice {
  readonly serial: string;
  readonly model: string | undefined;
  /** `iPhone`, `iPad`, `Mac` … */
  readonly family: string | undefined;
  readonly assigned: boolean;
}

/** A device management server of the portal. */
export interface ManagementServer {
  readonly id: string;
  readonly name: string;
  readonly type: string | undefined;
}

/** Something that goes on at Apple. */
export interface Activity {
  readonly id: string;
  /** `IN_PROGRESS`, `COMPLETED`, `STOPPED` or `FAILED`. */
  readonly status: string;
  readonly subStatus: string | undefined;
}

const pageSize = 1_000;
const mostPages = 1_000;

/** All devices of the organization (`/v1/orgDevices`). */
export async function listOrganizationDevices(
  session: BusinessSession,
): Promise<readonly OrganizationDevice[]> {
  const rows = await allPages(session, "/v1/orgDevices");
  return rows.flatMap(({ id, attributes }) => {
    const serial = textIn(attributes.serialNumber, 64) ?? id;
    if (!isSerial(serial)) return [];
    return [
      {
        serial,
        model: textIn(attributes.deviceModel, 128),
        family: textIn(attributes.productFamily, 40),
        assigned: attributes.status === "ASSIGNED",
      },
    ];
  });
}

/** The device management servers (`/v1/mdmServers`). */
export async function listManagementServers(session: BusinessSession): Promise<readonly ManagementServer[]> {
  const rows = await allPages(session, "/v1/mdmServers");
  return rows.map(({ id, attributes }) => ({
    id,
    name: textIn(attributes.serverName) ?? id,
    type: textIn(attributes.serverType, 40),
  }));
}

/** The serial numbers of a server's devices (`/v1/mdmServers/ID/relationships/devices`). */
export async function listServerDevices(
  session: BusinessSession,
  server: string,
): Promise<readonly string[]> {
  const rows = await allPages(session, `/v1/mdmServers/${encodeURIComponent(server)}/relationships/devices`);
  return rows.map((one) => one.id).filter(isSerial);
}

/** Begins to assign devices to a server, or to take them from it; it goes on at Apple. */
export async function beginActivity(
  session: BusinessSession,
  type: "assign" | "unassign",
  server: string,
  serials: readonly string[],
): Promise<Activity> {
  const answer = await session.post("/v1/orgDeviceActivities", {
    data: {
      type: "orgDeviceActivities",
      attributes: { activityType: type === "assign" ? "ASSIGN_DEVICES" : "UNASSIGN_DEVICES" },
      relationships: {
        mdmServer: { data: { type: "mdmServers", id: server } },
        devices: { data: serials.map((id) => ({ type: "orgDevices", id })) },
      },
    },
  });
  return activityIn(answer);
}

/** How an activity stands now. */
export async function readActivity(session: BusinessSession, id: string): Promise<Activity> {
  return activityIn(await session.get(`/v1/orgDeviceActivities/${encodeURIComponent(id)}`));
}

function activityIn(answer: Readonly<Record<string, unknown>>): Activity {
  const { id, attributes } = resource(answer.data) ?? {};
  const status = textIn(attributes?.status, 40);
  if (id === undefined || status === undefined)
    throw new Retry("portal-answer", "an activity came without its id or its status");
  return { id, status, subStatus: textIn(attributes?.subStatus, 80) };
}

interface Resource {
  readonly id: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Pages follow each other by a cursor; a list that never ends is cut off with an error, not in silence. */
async function allPages(session: BusinessSession, path: string): Promise<readonly Resource[]> {
  const found: Resource[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages; pages++) {
    const query = new URLSearchParams({
      limit: String(pageSize),
      ...(cursor === undefined ? {} : { cursor }),
    });
    const page = await session.get(`${path}?${query}`);
    if (!Array.isArray(page.data)) throw new Retry("portal-answer", `${path} was answered without a list`);
    found.push(...page.data.flatMap((one) => resource(one) ?? []));
    const next = nextCursor(page.meta);
    if (next === undefined) return found;
    if (next === cursor) break;
    cursor = next;
  }
  throw new Retry("portal-answer", `${path} has no end`);
}

function resource(value: unknown): Resource | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, attributes } = value as { readonly id?: unknown; readonly attributes?: unknown };
  const name = textIn(id, 128);
  if (name === undefined) return undefined;
  const known = typeof attributes === "object" && attributes !== null ? attributes : {};
  return { id: name, attributes: known as Resource["attributes"] };
}

function nextCursor(meta: unknown): string | undefined {
  const paging = (meta as { readonly paging?: { readonly nextCursor?: unknown } } | null | undefined)?.paging;
  const next = paging?.nextCursor;
  return typeof next === "string" && next !== "" && next.length <= 2_000 ? next : undefined;
}

function isSerial(text: string): boolean {
  return /^[A-Za-z0-9._-]{1,64}$/.test(text);
}
