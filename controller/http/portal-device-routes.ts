import { UserError } from "../errors.ts";
import { assignInPortal, type BusinessPorts, mostAtOnce } from "../loop/portal/business.ts";
import type { PortalActivityView, PortalDevicesView } from "../loop/portal/portal-views.ts";
import { findActivity } from "../store/portal-activities.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";

const asked = {
  type: "object",
  additionalProperties: false,
  required: ["serials", "server"],
  properties: {
    serials: {
      type: "array",
      minItems: 1,
      maxItems: mostAtOnce,
      items: { type: "string", pattern: "^[A-Za-z0-9._-]{1,64}$" },
    },
    server: { ...text, description: "A server of the portal, by its name or id." },
  },
} as const;

/** Registers what is asked of Apple Business and School Manager, where there is a client for its API. */
export function registerPortalDevices(plane: AdminPlane, { looking, business }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/apple/devices",
    role: "viewer",
    summary: "The organization's devices in Apple Business or School Manager, as they were read last.",
    query: { fresh: { enum: ["true", "false"], description: "Asks Apple anew, at most once a minute." } },
    handle: ({ query }): Promise<PortalDevicesView> =>
      required(business).list.view({ fresh: query.fresh === "true" }),
  });
  plane.route({
    method: "POST",
    path: "/v1/apple/devices/assign",
    role: "operator",
    summary: "Assigns devices to a server of the portal; goes on at Apple.",
    body: asked,
    handle: async (request) => {
      const { serials, server } = request.body as Asked;
      return begin(required(business), { type: "assign", serials, server, by: personOf(request).name });
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/apple/devices/unassign",
    role: "operator",
    summary: "Takes devices from a server of the portal: they enroll nowhere any more when they are erased.",
    body: {
      ...asked,
      required: ["serials", "server", "count"],
      properties: {
        ...asked.properties,
        count: { type: "integer", minimum: 1, description: "How many devices these are, once more." },
      },
    },
    handle: async (request) => {
      const { serials, server, count } = request.body as Asked & { readonly count: number };
      const devices = new Set(serials).size;
      if (count !== devices)
        throw new UserError("count", `${devices} devices are named, and ${count} are said: nothing was done`);
      return begin(required(business), { type: "unassign", serials, server, by: personOf(request).name });
    },
  });
  plane.route({
    method: "GET",
    path: "/v1/apple/activities/:id",
    role: "viewer",
    summary: "How something stands that was asked of the portal.",
    params: { id: { type: "string", maxLength: 128 } },
    handle: async (request): Promise<PortalActivityView> => {
      const row = await findActivity(looking.store, request.params.id ?? "");
      if (row === undefined)
        throw new UserError("no-such-activity", "nothing of this id was asked of the portal");
      const { id, type, server, devices, status, subStatus, finishedAt } = row;
      return {
        ...{ id, type, server, devices, status },
        ...(subStatus === null ? {} : { subStatus }),
        ...(finishedAt === null ? {} : { finishedAt }),
      };
    },
  });
}

interface Asked {
  readonly serials: readonly string[];
  readonly server: string;
}

async function begin(
  business: BusinessPorts,
  assignment: Parameters<typeof assignInPortal>[1],
): Promise<PortalActivityView> {
  const { id, status, subStatus } = await assignInPortal(business, assignment);
  const { type, server, serials } = assignment;
  const devices = new Set(serials).size;
  return { id, type, server, devices, status, ...(subStatus === undefined ? {} : { subStatus }) };
}

function required(business: BusinessPorts | undefined): BusinessPorts {
  if (business !== undefined) return business;
  throw new UserError(
    "no-business-client",
    "there is no client for the API of Apple Business or School Manager",
    {
      hint: "Make an API account in the portal, and set apple.business.clientId, keyId and keyFile.",
    },
  );
}
