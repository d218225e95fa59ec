import { approveHold, halt, resume, type Scope, suspend, unhalt } from "../loop/control.ts";
import { readLatches, stoppingActs } from "../loop/latches.ts";
import { type ReconcileScope, reconcileNow } from "../loop/reconcile-now.ts";
import { viewRefusedActs } from "../loop/refused-acts.ts";
import { viewHolds, viewReady } from "../loop/view-holds.ts";
import { withdrawDirectly } from "../loop/withdraw-act.ts";
import type { AdminPlane } from "./admin-plane.ts";
import { type AdminPorts, personOf, text } from "./admin-ports.ts";
import type { Schema } from "./openapi.ts";

/** Registers holds and approvals, suspension, the kill switch, and the wish to look now. */
export function registerGuards(plane: AdminPlane, ports: AdminPorts): void {
  const { looking } = ports;
  const reason = {
    type: "object",
    additionalProperties: false,
    required: ["reason"],
    properties: { reason: text },
  };
  plane.route({
    method: "GET",
    path: "/v1/holds",
    role: "viewer",
    summary:
      "What waits for an approval, what leaves without another word, what was refused, and what stops all acts.",
    handle: async () => ({
      holds: await viewHolds(looking),
      ready: await viewReady(looking),
      refused: await viewRefusedActs(looking),
      stopped: stoppingActs(
        await readLatches(looking.store),
        looking.reconciler.current()?.compiled.organization,
      ),
    }),
  });
  plane.route({
    method: "POST",
    path: "/v1/holds/:digest/approve",
    role: "approver",
    summary: "Approves exactly what the digest names.",
    // The whole of it: another act can be made whose digest only begins alike.
    params: { digest: { type: "string", pattern: "^[0-9a-f]{64}$" } },
    body: { type: "object", additionalProperties: false, properties: { note: text } },
    handle: async (request) => {
      const { note } = (request.body ?? {}) as { note?: string };
      const result = await approveHold(looking, request.params.digest ?? "", personOf(request), note);
      ports.nudge();
      return result;
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/acts/withdraw",
    role: "operator",
    summary: "Ends an act for good: what was not sent of it never is.",
    body: {
      type: "object",
      additionalProperties: false,
      required: ["act", "reason"],
      properties: {
        act: { ...text, description: "Its name with its generation, or the digest of one that is held." },
        reason: text,
      },
    },
    reply: withdrawReply,
    handle: async (request) => {
      const { act, reason } = request.body as { act: string; reason: string };
      const view = await withdrawDirectly(looking, act, reason, personOf(request));
      ports.nudge();
      return view;
    },
  });
  const scope = (scopes: readonly string[], needed: readonly string[]): Schema => ({
    type: "object",
    additionalProperties: false,
    required: needed,
    properties: { scope: { enum: scopes }, name: text, reason: text },
  });
  plane.route({
    method: "POST",
    path: "/v1/suspend",
    role: "operator",
    summary: "Stops changes with a reason; queries go on.",
    body: scope(["all", "device", "group", "removals"], ["scope", "reason"]),
    handle: async (request) => {
      const body = request.body as { scope: Scope; name?: string; reason: string };
      await suspend(looking, body.scope, body.name, body.reason, personOf(request));
      ports.nudge();
      return { status: "suspended" };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/resume",
    role: "operator",
    summary: "Lifts a suspension, frozen removals or observe mode.",
    body: scope(["all", "device", "group", "removals", "observe"], ["scope"]),
    handle: async (request) => {
      const body = request.body as { scope: Scope | "observe"; name?: string };
      await resume(looking, body.scope, body.name, personOf(request));
      ports.nudge();
      return { status: "resumed" };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/resume/restored",
    role: "approver",
    summary: "Says that a restored database is the newest there is: what is done once may leave again.",
    body: { type: "object", additionalProperties: false, properties: {} },
    handle: async (request) => {
      await resume(looking, "restored", undefined, personOf(request));
      ports.nudge();
      return { status: "resumed" };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/halt",
    role: "operator",
    summary: "The kill switch: nothing at all is sent.",
    body: reason,
    handle: async (request) => {
      await halt(looking, (request.body as { reason: string }).reason, personOf(request));
      ports.nudge();
      return { status: "halted" };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/unhalt",
    role: "approver",
    summary: "Lifts the kill switch.",
    body: reason,
    handle: async (request) => {
      await unhalt(looking, (request.body as { reason: string }).reason, personOf(request));
      ports.nudge();
      return { status: "running" };
    },
  });
  plane.route({
    method: "POST",
    path: "/v1/reconcile",
    role: "operator",
    summary: "Looks at the source now; a device, a group or all report anew, and what failed is tried again.",
    body: {
      type: "object",
      additionalProperties: false,
      properties: { device: text, group: text, all: { type: "boolean" } },
    },
    reply: reconcileReply,
    handle: async (request) => {
      const scope = (request.body ?? {}) as ReconcileScope;
      const view = await reconcileNow(looking, scope, personOf(request), ports.pushesPerSecond);
      ports.nudge();
      return view;
    },
  });
}

const withdrawReply: Schema = {
  type: "object",
  required: ["act", "cancelled", "stopped", "sent"],
  properties: {
    act: { type: "string" },
    cancelled: { type: "integer", description: "Devices to which nothing was sent, and nothing will be." },
    stopped: { type: "integer", description: "Devices whose command would have gone again, and does not." },
    sent: { type: "integer", description: "Devices whose command had left before." },
  },
};

const reconcileReply: Schema = {
  type: "object",
  required: ["status", "devices", "read", "withinMs", "notes"],
  properties: {
    status: { const: "requested" },
    devices: { type: "integer", description: "Devices that are asked anew." },
    read: {
      type: "integer",
      description: "Android devices among them: they are not woken, and Google's record of them is read.",
    },
    withinMs: {
      type: "integer",
      description: "All others are woken within this time, at the allowed rate.",
    },
    notes: { type: "array", items: { type: "string" }, description: "What stands in the way." },
  },
};
