import { resetBreaker, resumeArmed } from "../loop/breaker.ts";
import { approveHold } from "../loop/control.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";

const reason = {
  type: "object",
  additionalProperties: false,
  required: ["reason"],
  properties: { reason: text },
};

/** Registers what an approver does when something is out of order: break-glass, and the end of the breaker. */
export function registerBreaker(plane: AdminPlane, ports: AdminPorts): void {
  const { looking } = ports;
  plane.route({
    method: "POST",
    path: "/v1/holds/:digest/break-glass",
    role: "approver",
    summary: "Approves what the digest names alone and at once: an act on one device, once in 24 hours.",
    params: { digest: { type: "string", pattern: "^[0-9a-f]{64}$" } },
    body: reason,
    handle: async (request) => {
      const why = (request.body as { reason: string }).reason;
      const result = await approveHold(looking, request.params.digest ?? "", personOf(request), why, true);
      ports.nudge();
      return result;
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/resume/armed",
    role: "approver",
    summary:
      "Lets settings go out after which devices erase themselves sooner, once two approvers have said so.",
    body: { type: "object", additionalProperties: false, properties: {} },
    handle: async (request) => {
      const lifted = await resumeArmed(looking, personOf(request));
      ports.nudge();
      return { status: lifted ? "resumed" : "another-approver-needed" };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/breaker/reset",
    role: "approver",
    summary:
      "Lifts the breaker; whoever is behind it does not, and two persons do where nobody can tell who is.",
    body: reason,
    handle: async (request) => {
      const why = (request.body as { reason: string }).reason;
      const lifted = await resetBreaker(looking, why, personOf(request));
      ports.nudge();
      return { status: lifted ? "lifted" : "another-approver-needed" };
    },
  });
}
