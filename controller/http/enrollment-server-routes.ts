import { UserError } from "../errors.ts";
import { importServerToken, tokenCertificate } from "../loop/portal/server-secrets.ts";
import { type EnrollmentServersView, viewServers } from "../loop/portal/view-servers.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf } from "./admin-ports.ts";

const server = {
  type: "string",
  minLength: 1,
  maxLength: 63,
  pattern: "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
  description: "A name for a server of Apple's portal, as manifests use it.",
} as const;

/** Registers the servers of Apple's portals: how they stand, their keys, and the import of their tokens. */
export function registerEnrollmentServers(plane: AdminPlane, { looking, portals, nudge }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/apple/enrollment-servers",
    role: "viewer",
    summary: "Servers of Apple Business and School Manager, and how their devices stand.",
    handle: (): Promise<EnrollmentServersView> => viewServers(looking, portals?.standing),
  });
  plane.route({
    method: "POST",
    path: "/v1/apple/enrollment-servers/:server/key",
    role: "operator",
    summary: "The certificate that the portal encrypts this server's token to; its key is made once.",
    params: { server },
    handle: async (request) => {
      const name = request.params.server ?? "";
      return { server: name, certificate: await tokenCertificate(looking, name, personOf(request).name) };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/apple/enrollment-servers/:server/token",
    role: "operator",
    summary: "Puts a server token of the portal into the store, sealed; in use at once.",
    params: { server },
    body: {
      type: "object",
      additionalProperties: false,
      required: ["token"],
      properties: {
        token: { type: "string", minLength: 1, maxLength: 100_000, description: "The file, in base64." },
      },
    },
    handle: async (request) => {
      const name = request.params.server ?? "";
      const { token } = request.body as { readonly token: string };
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(token))
        throw new UserError("not-base64", "the token is not in base64");
      const file = Buffer.from(token, "base64");
      const { expiresAt } = await importServerToken(looking, name, file, personOf(request).name);
      nudge();
      return { server: name, expiresAt };
    },
  });
}
