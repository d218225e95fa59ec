import { UserError } from "../errors.ts";
import { importContentToken, takeOver, viewContentToken } from "../loop/content-token.ts";
import { permits } from "./access.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf } from "./admin-ports.ts";

const path = "/v1/apple/content-token";

/** Registers what is asked of the content token of Apps and Books, its import, and the take-over of its location. */
export function registerContentToken(plane: AdminPlane, { looking, content, nudge }: AdminPorts): void {
  const ports = (): NonNullable<typeof content> => {
    if (content !== undefined) return content;
    throw new UserError("no-daemon", "no daemon runs: nobody speaks with Apps and Books");
  };
  plane.route({
    method: "GET",
    path,
    role: "viewer",
    summary: "The content token of Apps and Books, its location, and the licences by status.",
    handle: () => viewContentToken(looking),
  });
  plane.route({
    method: "POST",
    path,
    role: "operator",
    summary: "Puts a content token into the store, sealed, once the service has taken it.",
    body: {
      type: "object",
      additionalProperties: false,
      required: ["token"],
      properties: {
        token: { type: "string", minLength: 1, maxLength: 16_384 },
        replace: { type: "boolean", description: "Also of another location: approvers only." },
      },
    },
    handle: async (request) => {
      const { token, replace = false } = request.body as Asked;
      const { identity } = request;
      if (replace && !(identity.type === "person" && permits(identity.role, "approver")))
        throw new UserError("approver-needed", "another location needs the token of an approver");
      const view = await importContentToken(ports(), token, personOf(request).name, replace);
      nudge();
      return view;
    },
  });
  plane.route({
    method: "POST",
    path: `${path}/take-over`,
    role: "approver",
    summary: "Takes the location over from another MDM: only one may manage it.",
    handle: async (request) => takeOver(ports(), personOf(request).name),
  });
}

interface Asked {
  readonly token: string;
  readonly replace?: boolean;
}
