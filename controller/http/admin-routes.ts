import { durationMs, parseDuration } from "../core/duration.ts";
import type { CommandStatus } from "../core/ledger.ts";
import { UserError } from "../errors.ts";
import { approveHold, halt, reconcileNow, resume, type Scope, suspend, unhalt } from "../loop/control.ts";
import { type EnrollPorts, enrollmentLink, enrollmentProfile, type Invitation } from "../loop/enroll.ts";
import { treeOf } from "../loop/revise.ts";
import type { RevisionSettings } from "../loop/secrets.ts";
import { type Looking, viewDeviceDetail, viewDevices, viewExplanation } from "../loop/view-devices.ts";
import { viewHolds } from "../loop/view-holds.ts";
import { viewEvents, viewOperations } from "../loop/view-logs.ts";
import { viewPlan } from "../loop/view-plan.ts";
import { type StatusExtras, tableOf, viewRevision, viewStatus } from "../loop/view-status.ts";
import { countCommands } from "../store/commands.ts";
import { findDevices } from "../store/devices.ts";
import { listRevisions } from "../store/revisions.ts";
import type { AdminPlane, AdminRequest } from "./admin-plane.ts";
import type { Schema } from "./openapi.ts";

export interface AdminPorts {
  readonly looking: Looking;
  readonly settings: RevisionSettings;
  /** Absent while no daemon runs: nobody can be enrolled then. */
  readonly enroll: EnrollPorts | undefined;
  readonly status: () => StatusExtras;
  /** Wakes the loop and the source. */
  readonly nudge: () => void;
}

const text: Schema = { type: "string", minLength: 1, maxLength: 500 };
const limit: Schema = { type: "integer", minimum: 1, maximum: 1_000, default: 100 };
const mostPlanBytes = 96 * 1024 * 1024;

/** Registers the JSON API. Every route names the least role that may use it. */
export function registerAdminRoutes(plane: AdminPlane, ports: AdminPorts): void {
  registerLooking(plane, ports);
  registerLogs(plane, ports);
  registerGuards(plane, ports);
  registerEnrollment(plane, ports);
}

function registerLooking(plane: AdminPlane, { looking, settings, status }: AdminPorts): void {
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
      enrollment: { enum: ["registered", "all"], default: "registered" },
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
    handle: ({ params }) => viewDeviceDetail(looking, params.ref ?? ""),
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

function devices(looking: Looking, query: AdminRequest["query"]) {
  const given = query as Readonly<Record<string, string | undefined>> & {
    limit: number;
    tag?: string | string[];
  };
  const named = ["model", "owner", "phone", "user", "profile", "after"] as const;
  const filter = Object.fromEntries(
    named.filter((name) => given[name] !== undefined).map((name) => [name, given[name]]),
  );
  const account = given.storeAccount === undefined ? {} : { storeAccount: given.storeAccount === "active" };
  const facts = given.platform === undefined ? {} : { facts: { platform: given.platform } };
  const more = ["condition", "group", "search", "enrollment"].filter((name) => given[name] !== undefined);
  return viewDevices(
    looking,
    { ...filter, ...account, ...facts, tags: tagsOf(given.tag), limit: given.limit },
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

function registerLogs(plane: AdminPlane, { looking }: AdminPorts): void {
  plane.route({
    method: "GET",
    path: "/v1/operations",
    role: "viewer",
    summary: "Commands that were sent, the newest first.",
    query: { device: text, type: text, status: text, before: { type: "integer" }, limit },
    handle: async ({ query }) => {
      const { type, status, before, limit: most } = query as unknown as LogQuery;
      const device = await idOf(looking, query.device as string | undefined);
      const filter = {
        ...(device === undefined ? {} : { device }),
        ...(type === undefined ? {} : { requestType: type }),
        ...(status === undefined ? {} : { status: [status] }),
        ...(before === undefined ? {} : { before }),
      };
      return { operations: await viewOperations(looking, { ...filter, limit: most }) };
    },
  });
  plane.route({
    method: "GET",
    path: "/v1/operations/summary",
    role: "viewer",
    summary: "Commands counted by type and status.",
    handle: async () => ({ commands: tableOf(await countCommands(looking.store, 0)) }),
  });
  plane.route({
    method: "GET",
    path: "/v1/events",
    role: "viewer",
    summary: "What happened, the newest first.",
    query: { device: text, type: text, before: { type: "integer" }, limit },
    handle: async ({ query }) => {
      const { type, before, limit: most } = query as unknown as LogQuery;
      const device = await idOf(looking, query.device as string | undefined);
      const filter = {
        ...(device === undefined ? {} : { device }),
        ...(type === undefined ? {} : { type }),
        ...(before === undefined ? {} : { before }),
      };
      return { events: await viewEvents(looking, { ...filter, limit: most }) };
    },
  });
  plane.route({
    method: "GET",
    path: "/v1/revisions",
    role: "viewer",
    summary: "Revisions that came into force or were refused, the newest first.",
    query: { limit },
    handle: async ({ query }) => {
      const rows = await listRevisions(looking.store, query.limit as number);
      const revisions = rows.map((row) => ({
        ...viewRevision(row),
        status: row.status,
        diagnostics: row.diagnostics,
      }));
      return { revisions };
    },
  });
}

/** The query of a log, after its schema has accepted it. */
interface LogQuery {
  readonly type?: string;
  readonly status?: CommandStatus;
  readonly before?: number;
  readonly limit: number;
}

async function idOf(looking: Looking, word: string | undefined): Promise<string | undefined> {
  if (word === undefined) return undefined;
  const [only] = await findDevices(looking.store, word, 2);
  return only?.id ?? word;
}

function registerGuards(plane: AdminPlane, ports: AdminPorts): void {
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
    summary: "What waits for an approval.",
    handle: async () => ({ holds: await viewHolds(looking) }),
  });
  plane.route({
    method: "POST",
    path: "/v1/holds/:digest/approve",
    role: "approver",
    summary: "Approves exactly what the digest names.",
    params: { digest: { type: "string", pattern: "^[0-9a-fA-F-]{8,80}$" } },
    body: { type: "object", additionalProperties: false, properties: { note: text } },
    handle: async (request) => {
      const { note } = (request.body ?? {}) as { note?: string };
      const result = await approveHold(looking, request.params.digest ?? "", personOf(request), note);
      ports.nudge();
      return result;
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
    summary: "Lifts a suspension, frozen removals, observe mode, or the latch of a restored database.",
    body: scope(["all", "device", "group", "removals", "observe", "restored"], ["scope"]),
    handle: async (request) => {
      const body = request.body as { scope: Scope | "observe" | "restored"; name?: string };
      if (body.scope === "restored" && !isApprover(request))
        throw new UserError("needs-approver", "a restored database is released by an approver's token");
      await resume(looking, body.scope, body.name, personOf(request));
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
    summary: "Looks at the source, the fleet or one device now.",
    body: { type: "object", additionalProperties: false, properties: { device: text } },
    handle: async ({ body }) => {
      await reconcileNow(looking, ((body ?? {}) as { device?: string }).device);
      ports.nudge();
      return { status: "requested" };
    },
  });
}

function isApprover({ identity }: AdminRequest): boolean {
  return identity.type === "person" && identity.role === "approver";
}

function personOf(request: AdminRequest): { readonly name: string } {
  if (request.identity.type !== "person") throw new UserError("anonymous", "this needs a person");
  return { name: request.identity.name };
}

function registerEnrollment(plane: AdminPlane, { looking, enroll }: AdminPorts): void {
  if (enroll === undefined) return;
  plane.route({
    method: "POST",
    path: "/v1/enrollments/apple",
    role: "operator",
    summary: "An enrollment profile, or a one-time link to one.",
    body: {
      type: "object",
      additionalProperties: false,
      properties: {
        group: text,
        uses: { type: "integer", minimum: 1, maximum: 100_000 },
        expires: text,
        owner: text,
        ownership: { enum: ["company", "personal"] },
        tags: { type: "object", additionalProperties: text, maxProperties: 20 },
        unsigned: { type: "boolean" },
        link: { type: "boolean" },
      },
    },
    handle: async (request) => {
      const body = (request.body ?? {}) as Partial<Invitation> & {
        expires?: string;
        unsigned?: boolean;
        link?: boolean;
      };
      const invitation = invitationOf(looking, body, personOf(request).name);
      const until = { expiresAt: invitation.expiresAt, uses: invitation.uses };
      if (body.link === true) return { url: await enrollmentLink(enroll, invitation), ...until };
      const profile = await enrollmentProfile(enroll, invitation, body.unsigned !== true);
      return { profile: profile.toString("base64"), ...until };
    },
  });
}

function invitationOf(
  looking: Looking,
  body: Partial<Invitation> & { expires?: string },
  by: string,
): Invitation {
  const { expires = "1d", group, owner, ownership, tags, uses = 1 } = body;
  if (parseDuration(expires) === undefined)
    throw new UserError("expires", `expected a duration such as 4h or 7d, found ${expires}`);
  const known = looking.reconciler.current()?.compiled.groups;
  if (group !== undefined && known !== undefined && !known.has(group))
    throw new UserError("no-such-group", `no DeviceGroup is called ${group}`);
  return {
    uses,
    by,
    expiresAt: looking.clock() + durationMs(expires),
    ...(group === undefined ? {} : { group }),
    ...(owner === undefined ? {} : { owner }),
    ...(ownership === undefined ? {} : { ownership }),
    ...(tags === undefined ? {} : { tags }),
  };
}
