import { expect, test } from "vitest";
import { UserError } from "../errors.ts";
import { hashToken } from "./access.ts";
import { createAdminPlane } from "./admin-plane.ts";
import type { AdminPorts } from "./admin-ports.ts";
import { registerAdminRoutes } from "./admin-routes.ts";
import { createMetrics } from "./metrics.ts";
import { type Role, type RouteInfo, roles } from "./request.ts";

/** The least role for each route. A route that is new belongs here, after thinking about who may use it. */
const least: Readonly<Record<string, Role | "public">> = {
  "GET /livez": "public",
  "GET /readyz": "public",
  "GET /metrics": "public",
  "GET /openapi.json": "public",
  "GET /v1/status": "viewer",
  "GET /v1/devices": "viewer",
  "GET /v1/devices/:ref": "viewer",
  "GET /v1/devices/:ref/explain": "viewer",
  "GET /v1/notifications": "viewer",
  "GET /v1/operations": "viewer",
  "GET /v1/operations/summary": "viewer",
  "GET /v1/events": "viewer",
  "GET /v1/events/head": "viewer",
  "GET /v1/events/export": "viewer",
  "POST /v1/events/verify": "viewer",
  "GET /v1/report": "viewer",
  "GET /v1/revisions": "viewer",
  "GET /v1/revisions/:revision": "viewer",
  "GET /v1/holds": "viewer",
  "GET /v1/quarantine": "viewer",
  "GET /v1/quarantine/:id": "viewer",
  "POST /v1/devices/:ref/profiles/:name/download": "operator",
  "GET /v1/apple/push-certificate": "viewer",
  "POST /v1/apple/push-certificate": "operator",
  "GET /v1/apple/enrollment-servers": "viewer",
  "GET /v1/apple/devices": "viewer",
  "GET /v1/apple/activities/:id": "viewer",
  "POST /v1/apple/devices/assign": "operator",
  "POST /v1/apple/devices/unassign": "operator",
  "POST /v1/apple/enrollment-servers/:server/key": "operator",
  "POST /v1/apple/enrollment-servers/:server/token": "operator",
  "GET /v1/apple/content-token": "viewer",
  "POST /v1/acts/withdraw": "operator",
  "POST /v1/apple/content-token": "operator",
  "POST /v1/apple/content-token/take-over": "approver",
  "GET /v1/devices/:ref/secrets": "viewer",
  "POST /v1/devices/:ref/acts": "operator",
  "POST /v1/devices/:ref/delete": "operator",
  "POST /v1/devices/:ref/release": "operator",
  "POST /v1/devices/:ref/readmit": "approver",
  "POST /v1/notifications/test": "operator",
  "GET /v1/rollouts": "viewer",
  "POST /v1/rollouts/:policy/:step": "operator",
  "POST /v1/plan": "planner",
  "POST /v1/halt": "operator",
  "POST /v1/suspend": "operator",
  "POST /v1/resume": "operator",
  "POST /v1/reconcile": "operator",
  "POST /v1/enrollments/apple": "operator",
  "POST /v1/enrollments/android": "operator",
  "GET /v1/enrollments/links": "operator",
  "POST /v1/enrollments/links": "operator",
  "POST /v1/enrollments/links/:id/revoke": "operator",
  "POST /v1/quarantine/:id/take": "operator",
  "POST /v1/quarantine/forget": "operator",
  "POST /v1/devices/:ref/secrets/:kind/take": "operator",
  "POST /v1/unhalt": "approver",
  "POST /v1/resume/restored": "approver",
  "POST /v1/holds/:digest/approve": "approver",
  "POST /v1/holds/:digest/break-glass": "approver",
  "POST /v1/breaker/reset": "approver",
  "POST /v1/resume/armed": "approver",
};

/** What stands behind the routes here refuses everything: only who gets there is of interest. */
const behind = new Proxy({}, { get: () => fail });
function fail(): never {
  throw new UserError("reached", "the handler was reached");
}

function api() {
  const plane = createAdminPlane({
    persons: roles.map((role) => ({ name: `the-${role}`, role, tokens: [hashToken(`token-${role}`)] })),
    version: "1.2.3",
    metrics: createMetrics("1.2.3").scrape,
    live: () => [],
    ready: async () => [],
  });
  const looking = {
    store: behind,
    reconciler: behind,
    clock: () => 0,
    unreachableAfterMs: 0,
    renewBeforeMs: 0,
  };
  const ports = {
    looking,
    settings: behind,
    enroll: behind,
    downloads: behind,
    status: fail,
    nudge: () => {},
    pushCertificate: behind,
  };
  registerAdminRoutes(plane, ports as unknown as AdminPorts);
  return plane;
}

test("every route of the admin API has the least role that is written here", () => {
  const found = api()
    .listRoutes()
    .map(({ method, path, requires }) => [`${method} ${path}`, requires]);
  expect(Object.fromEntries(found)).toEqual(least);
});

type Caller = Role | "socket" | "nobody";

test.each<Caller>([...roles, "socket", "nobody"])(
  "%s gets where its role leads and nowhere else",
  async (who) => {
    const plane = api();
    for (const route of plane.listRoutes()) {
      const asked = await ask(plane, route, who);
      const place = `${who}: ${route.method} ${route.path} ${asked.status}`;
      if (may(who, route.requires)) expect([401, 403], place).not.toContain(asked.status);
      else expect(asked.status, place).toBe(who === "nobody" ? 401 : 403);
      if (asked.status === 403) expect(asked.text, place).toContain(`this needs ${route.requires}`);
    }
  },
);

function may(who: Caller, requires: string): boolean {
  if (requires === "public") return true;
  const role = who === "socket" ? "operator" : who;
  return role !== "nobody" && roles.indexOf(role) >= roles.indexOf(requires as Role);
}

async function ask(plane: ReturnType<typeof api>, { method, path }: RouteInfo, who: Caller) {
  const url = path.replace(":digest", "0".repeat(64)).replace(/:\w+/, "x");
  const post = method !== "GET";
  if (who === "socket") return plane.inject({ method, path: url, ...(post ? { body: {} } : {}) });
  const headers = who === "nobody" ? {} : { authorization: `Bearer token-${who}` };
  const payload = post ? { payload: {} } : {};
  const reply = await plane.app.inject({ method: method as "GET", url, headers, ...payload });
  return { status: reply.statusCode, text: reply.payload };
}
