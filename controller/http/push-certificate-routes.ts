import { UserError } from "../errors.ts";
import { importPushCertificate, type PushCertificateView } from "../loop/push-certificate.ts";
import { countTopics } from "../store/topics.ts";
import { permits } from "./access.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf } from "./admin-ports.ts";

const pem = { type: "string", minLength: 1, maxLength: 65_536 } as const;

/** Registers what is asked of the push certificate, and its import into the store. */
export function registerPushCertificate(plane: AdminPlane, { looking, pushCertificate }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/apple/push-certificate",
    role: "viewer",
    summary: "The push certificate in use, and the topics that enrolled devices expect.",
    handle: async (): Promise<PushCertificateView> => ({
      ...pushCertificate,
      expected: await countTopics(looking.store),
    }),
  });
  plane.route({
    method: "POST",
    path: "/v1/apple/push-certificate",
    role: "operator",
    summary: "Puts a push certificate and its key into the store, sealed; in use after a restart.",
    body: {
      type: "object",
      additionalProperties: false,
      required: ["certificate", "key"],
      properties: {
        certificate: pem,
        key: pem,
        force: {
          type: "boolean",
          description: "Also with another topic than devices expect: approvers only.",
        },
      },
    },
    handle: async (request) => {
      const { certificate, key, force = false } = request.body as Asked;
      if (pushCertificate.origin === "files")
        throw new UserError("push-certificate-files", "this daemon reads its push certificate from files", {
          hint: "Import it where the daemon runs, with its configuration; or take both settings away.",
        });
      const { identity } = request;
      if (force && !(identity.type === "person" && permits(identity.role, "approver")))
        throw new UserError("approver-needed", "another topic needs the token of an approver");
      const { name } = personOf(request);
      const pems = { certificatePem: certificate, keyPem: key };
      const { topic, notAfter } = await importPushCertificate(looking, pems, name, force);
      return { topic, notAfter };
    },
  });
}

interface Asked {
  readonly certificate: string;
  readonly key: string;
  readonly force?: boolean;
}
