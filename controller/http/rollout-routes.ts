import { type RolloutStep, steerRollout, steps } from "../loop/steer-rollout.ts";
import { viewRollouts } from "../loop/view-rollouts.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";

/** Registers how rollouts stand, and what a person does to one. */
export function registerRollouts(plane: AdminPlane, ports: AdminPorts): void {
  const { looking } = ports;
  plane.route({
    method: "GET",
    path: "/v1/rollouts",
    role: "viewer",
    summary: "Changes that reach their devices in waves, and how each wave stands.",
    query: { policy: text, all: { enum: ["true", "false"] } },
    handle: async ({ query }) => {
      const policy = query.policy === undefined ? {} : { policy: String(query.policy) };
      return { rollouts: await viewRollouts(looking, { ...policy, all: query.all === "true" }) };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/rollouts/:policy/:step",
    role: "operator",
    summary: "Pauses a rollout, goes on with it, or takes back from all devices what it has given.",
    params: { policy: text, step: { enum: steps } },
    body: {
      type: "object",
      additionalProperties: false,
      required: ["reason"],
      properties: { reason: text },
    },
    handle: async (request) => {
      const { policy = "", step } = request.params;
      const { reason } = request.body as { reason: string };
      const view = await steerRollout(looking, policy, step as RolloutStep, reason, personOf(request));
      ports.nudge();
      return view;
    },
  });
}
