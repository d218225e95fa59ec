import { linkSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Retry, UserError } from "../errors.ts";
import { hashToken } from "./access.ts";
import { type AdminRoute, createAdminPlane } from "./admin-plane.ts";
import type { Listening } from "./listener.ts";
import { createMetrics } from "./metrics.ts";
import { type RequestEntry, roles } from "./request.ts";
import { jsonLines, mostAtOnce } from "./streamed-reply.ts";

let folder: string;
const listening: Listening[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reeve-admin-"));
});

afterEach(async () => {
  await Promise.all(listening.splice(0).map((each) => each.close(0)));
  rmSync(folder, { recursive: true, force: true });
});

const persons = roles.map((role) => ({ name: `the-${role}`, role, tokens: [hashToken(`token-${role}`)] }));

function plane(
  routes: readonly Partial<AdminRoute>[] = [],
  health: { live?: string[]; ready?: string[] } = {},
) {
  const entries: RequestEntry[] = [];
  const metrics = createMetrics("1.2.3");
  const created = createAdminPlane({
    persons,
    version: "1.2.3",
    metrics: metrics.scrape,
    live: () => health.live ?? [],
    ready: async () => health.ready ?? [],
    onRequest(entry) {
      entries.push(entry);
      metrics.request(entry);
    },
  });
  for (const route of routes) {
    created.route({
      method: "GET",
      path: "/v1/who",
      role: "viewer",
      summary: "Who asks",
      handle: ({ identity }) => identity,
      ...route,
    });
  }
  return { ...created, entries };
}

function as(role: string) {
  return { authorization: `Bearer token-${role}` };
}

describe("roles", () => {
  const expected = {
    viewer: ["viewer"],
    planner: ["viewer", "planner"],
    operator: ["viewer", "planner", "operator"],
    approver: ["viewer", "planner", "operator", "approver"],
  };

  test("each token may do what its role says and nothing else", async () => {
    const { app } = plane(roles.map((role) => ({ role, path: `/v1/${role}` })));
    for (const role of roles) {
      const may: string[] = [];
      for (const required of roles) {
        const reply = await app.inject({ url: `/v1/${required}`, headers: as(role) });
        expect([200, 403]).toContain(reply.statusCode);
        if (reply.statusCode === 200) may.push(required);
      }
      expect(may, role).toEqual(expected[role]);
    }
  });

  test.each([
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "Bearer token-viewer2",
    "bearer  token-viewer",
    "Basic dG9rZW4=",
  ])("%j is nobody", async (authorization) => {
    const { app, entries } = plane([{}]);
    const reply = await app.inject({
      url: "/v1/who",
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(reply.statusCode).toBe(401);
    expect(reply.json().error.code).toBe("unauthorised");
    expect(entries[0]?.refused).toBe("unauthorised");
  });

  test("a route without a role does not start", () => {
    const { route } = plane();
    const nameless = { method: "GET", path: "/x", summary: "", handle: () => 1 } as unknown as AdminRoute;
    expect(() => route(nameless)).toThrow("declares no role");
  });

  test("a stranger's body is not even read", async () => {
    const { app } = plane([{ method: "POST", path: "/v1/x", role: "operator" }]);
    const reply = await app.inject({
      method: "POST",
      url: "/v1/x",
      payload: "{not json",
      headers: { "content-type": "application/json" },
    });
    expect(reply.statusCode).toBe(401);
  });

  test("hashes must be hashes, and different", () => {
    const bad = (given: { name: string; role: "viewer"; tokens: string[] }[]) => () =>
      createAdminPlane({
        persons: given,
        version: "1",
        metrics: createMetrics("1").scrape,
        live: () => [],
        ready: async () => [],
      });
    expect(bad([{ name: "a", role: "viewer", tokens: ["secret"] }])).toThrow('token of "a"');
    const same = { role: "viewer", tokens: [hashToken("x")] } satisfies { role: "viewer"; tokens: string[] };
    expect(
      bad([
        { name: "a", ...same },
        { name: "b", ...same },
      ]),
    ).toThrow("same hash");
  });

  test("every route of the plane says who may ask", () => {
    const routes = plane([{}]).listRoutes();
    expect(routes.map(({ path, requires }) => [path, requires])).toEqual([
      ["/livez", "public"],
      ["/readyz", "public"],
      ["/metrics", "public"],
      ["/openapi.json", "public"],
      ["/v1/who", "viewer"],
    ]);
  });
});

describe("the local socket", () => {
  test("makes its user the operator, never the approver, and only its owner may open it", async () => {
    const { listen } = plane([{ role: "operator" }, { role: "approver", path: "/v1/approve" }]);
    const path = join(folder, "admin.sock");
    listening.push(
      await listen([
        { type: "socket", path },
        { type: "tcp", host: "127.0.0.1", port: 0 },
      ]),
    );

    expect(statSync(path).mode & 0o777).toBe(0o600);
    const who = await overSocket(path, "/v1/who");
    expect(JSON.parse(who.text)).toEqual({
      type: "person",
      name: "local",
      role: "operator",
      via: "socket",
      person: "local",
      identities: ["local"],
    });
    const refused = await overSocket(path, "/v1/approve");
    expect(refused.status).toBe(403);
    expect(refused.text).toContain("give a person one");
    expect((await overSocket(path, "/v1/approve", as("approver"))).status).toBe(200);
    expect((await overSocket(path, "/v1/who", { authorization: "Bearer wrong" })).status).toBe(401);
    const tcp = listening[0]?.urls[1];
    expect((await fetch(`${tcp}/v1/who`)).status).toBe(401);
    expect((await fetch(`${tcp}/v1/who`, { headers: { "x-reeve-local": "guess" } })).status).toBe(401);
  });

  test("of a dead process is taken over, of a living one is not", async () => {
    const path = join(folder, "admin.sock");
    const dead = createServer().listen(path);
    await new Promise((resolve) => dead.once("listening", resolve));
    const kept = join(folder, "kept");
    linkSync(path, kept);
    await new Promise((resolve) => dead.close(resolve));
    renameSync(kept, path);

    listening.push(await plane([{}]).listen([{ type: "socket", path }]));

    expect((await overSocket(path, "/v1/who")).status).toBe(200);
    await expect(plane().listen([{ type: "socket", path }])).rejects.toMatchObject({
      code: "already-running",
    });
    expect((await overSocket(path, "/v1/who")).status).toBe(200);
  });

  test("a path that is too long, or a file in the way, is refused in words", async () => {
    const long = join(folder, "x".repeat(120));
    await expect(plane().listen([{ type: "socket", path: long }])).rejects.toThrow("107 bytes");
    const missing = join(folder, "none", "admin.sock");
    await expect(plane().listen([{ type: "socket", path: missing }])).rejects.toMatchObject({
      name: "UserError",
    });
    writeFileSync(join(folder, "file"), "precious");
    await expect(plane().listen([{ type: "socket", path: join(folder, "file") }])).rejects.toThrow(
      "not a socket",
    );
    expect(readFileSync(join(folder, "file"), "utf8")).toBe("precious");
  });

  test("a request of the same process counts as local", async () => {
    const { inject } = plane([{ role: "operator" }, { role: "approver", path: "/v1/approve" }]);
    expect((await inject({ method: "GET", path: "/v1/who" })).status).toBe(200);
    expect((await inject({ method: "GET", path: "/v1/approve" })).status).toBe(403);
    expect((await inject({ method: "GET", path: "/v1/approve", token: "token-approver" })).status).toBe(200);
  });
});

describe("requests and answers", () => {
  const echo: Partial<AdminRoute> = {
    method: "POST",
    path: "/v1/devices/:name/notes",
    role: "operator",
    query: { limit: { type: "integer", maximum: 10 }, force: { type: "boolean" } },
    body: {
      type: "object",
      required: ["note"],
      additionalProperties: false,
      properties: { note: { type: "string" }, count: { type: "integer" } },
    },
    handle: ({ params, query, body }) => ({ params, query, body }),
  };

  test("follow the route's schemas: queries are converted, bodies are not, nothing is dropped", async () => {
    const { app } = plane([echo]);
    const post = (url: string, payload: object) =>
      app.inject({ method: "POST", url, payload, headers: as("operator") });

    const good = await post("/v1/devices/a/notes?limit=3&force=true", { note: "x" });
    expect(good.json()).toEqual({
      params: { name: "a" },
      query: { limit: 3, force: true },
      body: { note: "x" },
    });
    const replies = [
      await post("/v1/devices/a/notes?limit=11", { note: "x" }),
      await post("/v1/devices/a/notes?unknown=1", { note: "x" }),
      await post("/v1/devices/a/notes", { note: "x", count: "1" }),
      await post("/v1/devices/a/notes", { note: "x", other: 1 }),
      await post("/v1/devices/a/notes", {}),
    ];
    for (const reply of replies) {
      expect(reply.statusCode).toBe(400);
      expect(reply.json().error.code).toBe("invalid-request");
    }
    expect(replies[4]?.json().error.message).toContain("note");
  });

  test("JSON that would change a prototype, is not JSON, or is too large is refused", async () => {
    const { app } = plane([{ ...echo, bodyLimit: 100 }]);
    const post = (payload: string) =>
      app.inject({
        method: "POST",
        url: "/v1/devices/a/notes",
        payload,
        headers: { ...as("operator"), "content-type": "application/json" },
      });
    expect((await post('{"note":"x","__proto__":{"a":1}}')).statusCode).toBe(400);
    expect((await post("{")).statusCode).toBe(400);
    expect((await post(`{"note":"${"x".repeat(200)}"}`)).statusCode).toBe(413);
  });

  test.each([
    [new UserError("bad-name", "there is no such thing", { hint: "Try another." }), 400],
    [new UserError("device-not-found", "no device x"), 404],
    [new UserError("approval-conflict", "already approved"), 409],
    [new Retry("database-down", "the database is down"), 503],
  ])("%s is told in its own words", async (thrown, status) => {
    const { app } = plane([
      {
        handle() {
          throw thrown;
        },
      },
    ]);
    const reply = await app.inject({ url: "/v1/who", headers: as("viewer") });
    expect(reply.statusCode).toBe(status);
    expect(reply.json().error).toMatchObject({ code: thrown.code, message: thrown.message });
  });

  test("a bug is told by its id alone", async () => {
    const { app, entries } = plane([
      {
        handle() {
          throw new Error("password=canary");
        },
      },
    ]);
    const reply = await app.inject({ url: "/v1/who", headers: as("viewer") });
    expect(reply.statusCode).toBe(500);
    expect(reply.payload).not.toContain("canary");
    expect(reply.json().error.id).toBe(entries[0]?.id);
    expect(String(entries[0]?.error)).toContain("canary");
  });

  test.each([["a text"], [null], [3], [[1, 2]], [undefined]])("%j is answered as JSON", async (value) => {
    const { app } = plane([{ handle: () => value }]);
    const reply = await app.inject({ url: "/v1/who", headers: as("viewer") });
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(reply.json()).toEqual(value ?? null);
  });

  test("the document describes every route, with its role", async () => {
    const { app } = plane([echo]);
    const document = (await app.inject("/openapi.json")).json();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toEqual([
      "/livez",
      "/metrics",
      "/openapi.json",
      "/readyz",
      "/v1/devices/{name}/notes",
    ]);
    expect(document.paths["/v1/devices/{name}/notes"].post).toMatchObject({
      "x-reeve-role": "operator",
      security: [{ token: [] }],
      parameters: [{ name: "name", in: "path" }, { name: "limit", in: "query" }, { name: "force" }],
      requestBody: { content: { "application/json": { schema: { required: ["note"] } } } },
    });
  });
});

describe("health and metrics", () => {
  test("say why when they are not well", async () => {
    const well = plane();
    expect((await well.app.inject("/livez")).payload).toBe("ok\n");
    expect((await well.app.inject("/readyz")).statusCode).toBe(200);
    const ill = plane([], { live: ["the last tick was 90 s ago"], ready: ["no database", "shutting down"] });
    expect(await ill.app.inject("/livez")).toMatchObject({
      statusCode: 503,
      payload: "the last tick was 90 s ago\n",
    });
    expect(await ill.app.inject("/readyz")).toMatchObject({
      statusCode: 503,
      payload: "no database\nshutting down\n",
    });
  });

  test("metrics count requests by route, and nobody can add a series by asking", async () => {
    const { app } = plane([{ path: "/v1/devices/:name" }]);
    for (let device = 0; device < 20; device++) {
      await app.inject({ url: `/v1/devices/serial-${device}`, headers: as("viewer") });
      await app.inject(`/nowhere/${device}`);
    }
    const { payload } = await app.inject("/metrics");
    expect(payload).toContain(
      'reeve_http_requests_total{plane="admin",route="/v1/devices/:name",status="2xx"} 20',
    );
    expect(payload).toContain('reeve_http_requests_total{plane="admin",route="unknown",status="4xx"} 20');
    expect(payload).toContain('reeve_build_info{version="1.2.3"} 1');
    expect(payload).toContain('reeve_revisions_total{result="refused"} 0');
    expect(payload).not.toContain("serial-");
  });

  test("sections that are not overdue any more are not told any more", async () => {
    const metrics = createMetrics("1");
    metrics.overdue({ security: 3, device: 1 });
    metrics.overdue({ security: 2 });
    const { text } = await metrics.scrape();
    const lines = text.split("\n").filter((line) => line.startsWith("reeve_inventory_overdue{"));
    expect(lines).toEqual(['reeve_inventory_overdue{section="security"} 2']);
  });

  test("labels that a device or Google chose become `other`", async () => {
    const metrics = createMetrics("1");
    metrics.push("apple", 'x"} evil 1\n');
    metrics.quarantine("serial 4711");
    metrics.devices([{ platform: "ios", condition: "Ready", count: 5 }]);
    metrics.devices([{ platform: "macos", condition: "Ready", count: 2 }]);
    const { text } = await metrics.scrape();
    expect(text).toContain('reeve_pushes_total{platform="apple",outcome="other"} 1');
    expect(text).toContain('reeve_quarantined_total{reason="other"} 1');
    expect(text).not.toContain('reeve_devices{platform="ios"');
  });
});

function overSocket(
  socketPath: string,
  path: string,
  headers = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest({ socketPath, path, headers, agent: false }, (reply) => {
      let text = "";
      reply.on("data", (chunk) => {
        text += chunk;
      });
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, text }));
    });
    asking.on("error", reject).end();
  });
}

test("of long answers each person has only so many at once, and they count until they are over", async () => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  async function* slow() {
    yield { line: "x".repeat(20_000) };
    await over;
  }
  const created = plane([{ path: "/v1/long", handle: () => jsonLines(slow()) }]);
  const opened = await created.listen([{ type: "tcp", host: "127.0.0.1", port: 0 }]);
  listening.push(opened);
  const ask = (role: string) => fetch(`${opened.urls[0]}/v1/long`, { headers: as(role) });
  const mine = await Promise.all(Array.from({ length: mostAtOnce }, () => ask("viewer")));
  expect(mine.map(({ status }) => status)).toEqual(mine.map(() => 200));

  const refused = await ask("viewer");
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "10"]);
  const other = await ask("operator");
  expect(other.status).toBe(200);
  end();
  await Promise.all([...mine, other].map((one) => one.text()));
  await expect.poll(async () => (await ask("viewer")).status).toBe(200);
});
