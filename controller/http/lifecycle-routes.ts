import { type ReleasePortal, releasePortals } from "../core/lifecycle.ts";
import { readmit, releaseByHand } from "../loop/readmit.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";

/** Registers what persons say of devices that were retired. */
export function registerLifecycle(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "POST",
    path: "/v1/devices/:ref/readmit",
    role: "approver",
    summary: "Takes back that a device is retired: it may enroll again, and its records are not erased.",
    params: { ref: text },
    body: {
      type: "object",
      additionalProperties: false,
      required: ["reason"],
      properties: { reason: text },
    },
    handle: async (request) => {
      const { reason } = request.body as { reason: string };
      const { id } = await readmit(looking, request.params.ref ?? "", reason, personOf(request));
      return { status: "readmitted", device: id };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/devices/:ref/release",
    role: "operator",
    summary: "Says that a retired device is out of a portal that would bring it back.",
    params: { ref: text },
    body: {
      type: "object",
      additionalProperties: false,
      required: ["portal", "reason"],
      properties: { portal: { enum: releasePortals }, reason: text },
    },
    handle: async (request) => {
      const body = request.body as { portal: ReleasePortal; reason: string };
      const { id } = await releaseByHand(looking, request.params.ref ?? "", body, personOf(request));
      return { status: "released", device: id };
    },
  });
}
