import { UserError } from "../errors.ts";
import { treeOf } from "../loop/packed-tree.ts";
import { type Looking, viewDeviceDetail, viewDevices } from "../loop/view-devices.ts";
import { viewExplanation } from "../loop/view-explanation.ts";
import { lifecycleFilters } from "../loop/view-lifecycle.ts";
import { viewPlan } from "../loop/view-plan.ts";
import { locationOf } from "../loop/view-secrets.ts";
import { viewStatus } from "../loop/view-status.ts";
import { permits } from "./access.ts";
import type { AdminPlane, AdminRequest } from "./admin-plane.ts";
import { type AdminPorts, limit, text } from "./admin-ports.ts";

/** Files in base64: twelve megabytes of policies. A body is parsed in one go, and devices wait for that long. */
const mostPlanBytes = 16 * 1024 * 1024;

/** Registers status, plan, devices and explanations. */
export function registerLooking(plane: AdminPlane, { looking, settings, status }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/status",
    role: "viewer",
    summary: "How the fleet stands, and what stops it.",
    handle: () => viewStatus(looking, status()),
  });
  plane.route({
    method: "POST",
    path: "/v1/plan",
    role: "planner",
    summary: "What a working tree would change, or what is still to be done. Writes nothing.",
    body: {
      type: "object",
      additionalProperties: false,
      properties: { revision: text, files: { type: "object", additionalProperties: { type: "string" } } },
    },
    bodyLimit: mostPlanBytes,
    handle: ({ body }) => {
      const { files, revision } = (body ?? {}) as { files?: Record<string, string>; revision?: string };
      const tree = files === undefined ? undefined : treeOf(files, revision ?? "working tree");
      return viewPlan(looking, tree, settings);
    },
  });
  const words = [
    "platform",
    "ownership",
    "mode",
    "model",
    "owner",
    "phone",
    "user",
    "profile",
    "group",
    "condition",
    "search",
    "after",
  ];
  plane.route({
    method: "GET",
    path: "/v1/devices",
    role: "viewer",
    summary: "Devices, in pages.",
    query: {
      ...Object.fromEntries(words.map((word) => [word, text])),
      storeAccount: { enum: ["active", "inactive"] },
      tag: { anyOf: [text, { type: "array", items: text, maxItems: 20 }] },
      enrollment: {
        enum: ["registered", "all", "new", "enrolled", "quarantined", "unenrolled"],
        description: "`registered` when absent; with `state` all.",
      },
      overdue: { enum: ["true", "false"] },
      state: { enum: lifecycleFilters },
      limit,
    },
    handle: ({ query }) => devices(looking, query),
  });
  plane.route({
    method: "GET",
    path: "/v1/devices/:ref",
    role: "viewer",
    summary: "Everything that is known of one device.",
    params: { ref: text },
    // Where a person's device is concerns those who look for it.
    handle: ({ params, identity }) =>
      viewDeviceDetail(looking, params.ref ?? "", isOperator(identity) ? locationOf : undefined),
  });
  plane.route({
    method: "GET",
    path: "/v1/devices/:ref/explain",
    role: "viewer",
    summary: "Why a device has what it has, and what comes next.",
    params: { ref: text },
    query: { item: text },
    handle: ({ params, query }) =>
      viewExplanation(looking, params.ref ?? "", query.item as string | undefined),
  });
}

function isOperator(identity: AdminRequest["identity"]): boolean {
  return identity.type === "person" && permits(identity.role, "operator");
}

function devices(looking: Looking, query: AdminRequest["query"]) {
  const given = query as Readonly<Record<string, string | undefined>> & {
    limit: number;
    tag?: string | string[];
  };
  const named = ["model", "owner", "phone", "user", "profile", "state", "after"] as const;
  const filter = Object.fromEntries(
    named.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  );
  const account = given.storeAccount === undefined ? {} : { storeAccount: given.storeAccount === "active" };
  const overdue = given.overdue === undefined ? {} : { overdue: given.overdue === "true" };
  const facts = ["platform", "ownership", "mode"].flatMap((name) => {
    const value = given[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const more = ["condition", "group", "search", "enrollment"].filter((name) => given[name] !== undefined);
  return viewDevices(
    looking,
    {
      ...filter,
      ...account,
      ...overdue,
      facts: Object.fromEntries(facts),
      tags: tagsOf(given.tag),
      limit: given.limit,
    },
    Object.fromEntries(more.map((name) => [name, given[name]])),
  );
}

function tagsOf(tag: string | readonly string[] | undefined): Readonly<Record<string, string>> {
  const tags = tag === undefined ? [] : typeof tag === "string" ? [tag] : tag;
  return Object.fromEntries(
    tags.map((one) => {
      const at = one.indexOf("=");
      if (at < 1) throw new UserError("tag", `expected NAME=VALUE, found ${one}`);
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}
