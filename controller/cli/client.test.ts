import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Retry, UserError } from "../errors.ts";
import { hashToken } from "../http/access.ts";
import { type AdminRoute, createAdminPlane, rawReply } from "../http/admin-plane.ts";
import type { Listening } from "../http/listener.ts";
import { createClient } from "./client.ts";

let folder: string;
let listening: Listening;

const plane = createAdminPlane({
  persons: [{ name: "ada", role: "viewer", tokens: [hashToken("the-token-of-ada")] }],
  version: "1",
  metrics: async () => rawReply("text/plain", ""),
  live: () => [],
  ready: async () => [],
});

function route(added: Partial<AdminRoute>): void {
  plane.route({ method: "GET", path: "/", role: "viewer", summary: "", handle: () => null, ...added });
}

route({
  path: "/v1/who",
  query: { x: { type: "string" } },
  handle: ({ identity, query }) => ({ identity, query }),
});
route({ path: "/v1/echo", method: "POST", body: { type: "object" }, handle: ({ body }) => body });
route({ path: "/v1/act", method: "POST", role: "operator", handle: () => "done" });
route({
  path: "/v1/error",
  handle() {
    throw new UserError("device-not-found", "no device is called x", { hint: "reeve devices lists them." });
  },
});
route({
  path: "/v1/busy",
  handle() {
    throw new Retry("database-down", "the database is down");
  },
});
route({
  path: "/v1/bug",
  handle() {
    throw new Error("canary");
  },
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "reeve-client-"));
  listening = await plane.listen([
    { type: "socket", path: join(folder, "s") },
    { type: "tcp", host: "127.0.0.1", port: 0 },
  ]);
});

afterEach(async () => {
  await listening.close(0);
  rmSync(folder, { recursive: true, force: true });
});

function clients() {
  const server = listening.urls[1] ?? "";
  return {
    tcp: createClient({ server, token: "the-token-of-ada" }),
    socket: createClient({ socket: join(folder, "s") }),
    process: createClient({ inject: plane.inject }),
  };
}

test.each(["tcp", "socket", "process"] as const)("asks and tells over %s", async (way) => {
  const client = clients()[way];
  const who = await client.get<{ identity: object; query: object }>("/v1/who", {
    x: "a b&c=ü",
    y: undefined,
  });
  expect(who.query).toEqual({ x: "a b&c=ü" });
  expect(who.identity).toMatchObject(
    way === "tcp" ? { name: "ada", via: "token" } : { name: "local", via: "socket" },
  );
  expect(await client.post("/v1/echo", { text: "Größe" })).toEqual({ text: "Größe" });
});

describe("what goes wrong is said in words", () => {
  async function failure(work: Promise<unknown>): Promise<Error & { hint?: string }> {
    return work.then(
      () => expect.unreachable(),
      (error: unknown) => error as Error,
    );
  }

  test("when the daemon refuses", async () => {
    const { tcp, socket } = clients();
    expect(await socket.post("/v1/act")).toBe("done");
    expect(await failure(tcp.post("/v1/act"))).toMatchObject({
      name: "UserError",
      code: "forbidden",
      message: "ada has the role viewer; this needs operator",
    });
    expect(await failure(tcp.get("/v1/error"))).toMatchObject({
      code: "device-not-found",
      message: "no device is called x",
      hint: "reeve devices lists them.",
    });
    expect(await failure(tcp.get("/v1/busy"))).toMatchObject({
      name: "Retry",
      message: "the database is down",
    });
    expect((await failure(tcp.get("/v1/bug"))).message).toMatch(
      /bug of reeve.*id in the daemon's log is [0-9a-f-]{36}/,
    );
  });

  test("when the token is wrong or missing, without repeating it", async () => {
    const server = listening.urls[1] ?? "";
    for (const connection of [{ server }, { server, token: "wrong-canary" }]) {
      const error = await failure(createClient(connection).get("/v1/who"));
      expect(error).toMatchObject({ name: "UserError", code: "unauthorised" });
      expect(`${error.message} ${error.hint}`).not.toContain("canary");
    }
  });

  test("when nobody is there", async () => {
    const { server, socket } = { server: listening.urls[1] ?? "", socket: join(folder, "none") };
    await listening.close(0);
    for (const connection of [{ server, token: "x" }, { socket }]) {
      const error = await failure(createClient(connection).get("/v1/who"));
      expect(error).toMatchObject({ name: "UserError", code: "not-running" });
      expect(error.hint).toContain("reeve run");
    }
  });

  test("when it is something else that answers", async () => {
    const other = createServer((_request, reply) => reply.end("<html>")).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const error = await failure(createClient({ server: `http://127.0.0.1:${port}` }).get("/v1/who"));
    other.close();
    expect(error.message).toContain("is it a reeve daemon?");
  });

  test.each(["reeve.example", "ftp://x", "https://ada:canary@x"])("when %s is no server", (server) => {
    expect(() => createClient({ server })).toThrow("the server is not a URL");
  });

  test.each([
    "reeve.example:8081",
    "localhost.evil.example",
    "127.evil.example:8081",
    "127.0.0.1.evil.example",
  ])("before a token goes over plain http to %s, another machine", (host) => {
    expect(() => createClient({ server: `http://${host}`, token: "t" })).toThrow("not sent over plain http");
  });
});

test.each(["localhost:8081", "127.0.0.1", "[::1]:8081"])("a token goes to %s, this machine", (host) => {
  expect(() => createClient({ server: `http://${host}`, token: "t" })).not.toThrow();
});

test("what a plane in this process refuses is told in its own words", async () => {
  const refused = new UserError("not-running", "no daemon is running on this store");
  const client = createClient({ inject: () => Promise.reject(refused) });
  await expect(client.get("/v1/status")).rejects.toBe(refused);
});
