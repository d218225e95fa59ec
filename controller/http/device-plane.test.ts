import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Retry, Stalled, UserError } from "../errors.ts";
import { createDevicePlane, type DevicePlaneOptions } from "./device-plane.ts";
import type { Listening } from "./listener.ts";
import { anyone, type HttpReply, type HttpRequest, type RequestEntry } from "./request.ts";

let folder: string;
let cert: string;
let key: string;
const listening: Listening[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "reeve-http-"));
  const out = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...kind, "-subj", "/CN=device-1", ...out], { stdio: "ignore" });
  cert = readFileSync(join(folder, "cert.pem"), "utf8");
  key = readFileSync(join(folder, "key.pem"), "utf8");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

afterEach(async () => {
  await Promise.all(listening.splice(0).map((each) => each.close(0)));
});

interface Setup extends DevicePlaneOptions {
  readonly handle?: (request: HttpRequest) => Promise<HttpReply> | HttpReply;
  readonly routeLimit?: number;
}

function plane({ handle = () => ({ status: 200 }), routeLimit, ...options }: Setup = {}) {
  const seen: HttpRequest[] = [];
  const entries: RequestEntry[] = [];
  const created = createDevicePlane({ ...options, onRequest: (entry) => entries.push(entry) });
  for (const method of ["GET", "POST", "PUT"] as const) {
    created.route({
      method,
      path: "/mdm/:id",
      authenticator: anyone("a test"),
      ...(routeLimit === undefined ? {} : { bodyLimit: routeLimit }),
      handle(request) {
        seen.push(request);
        return handle(request);
      },
    });
  }
  return { ...created, seen, entries };
}

describe("bytes", () => {
  test.each([
    "application/x-apple-aspen-mdm-checkin",
    "application/json",
    "text/plain; charset=latin1",
    "multipart/form-data",
    "///garbled;;;",
    undefined,
  ])("arrive exactly as they were sent with content type %j", async (type) => {
    const { app, seen } = plane();
    const body = Buffer.from([0, 255, 13, 10, 0x7b, 0xc3, 0x28]);

    const headers = type === undefined ? {} : { "content-type": type };
    const reply = await app.inject({ method: "PUT", url: "/mdm/a?x=1%2B+2", payload: body, headers });

    expect(reply.statusCode).toBe(200);
    expect(reply.rawPayload).toHaveLength(0);
    expect(seen[0]?.body.equals(body)).toBe(true);
    expect(seen[0]).toMatchObject({ path: "/mdm/a", rawQuery: "x=1%2B+2", params: { id: "a" } });
    if (type !== undefined) expect(seen[0]?.header("Content-Type")).toBe(type);
  });

  test("that say that they are compressed are not unpacked", async () => {
    const { app, seen } = plane();
    const bomb = gzipSync(Buffer.alloc(20 * 1024 * 1024));
    for (const encoding of ["gzip", "deflate", "br", "gzip, gzip"]) {
      const headers = { "content-encoding": encoding };
      const reply = await app.inject({ method: "PUT", url: "/mdm/a", payload: bomb, headers });
      expect(reply.statusCode).toBe(200);
    }
    expect(seen.map((one) => one.body.length)).toEqual(Array(4).fill(bomb.length));
  });

  test("are answered exactly, with only the headers asked for", async () => {
    const { app } = plane({
      handle: () => ({ status: 202, headers: { "content-type": "x/y" }, body: Buffer.from("<a/>") }),
    });
    const reply = await app.inject({ method: "POST", url: "/mdm/a" });
    expect(reply.payload).toBe("<a/>");
    expect(Object.keys(reply.headers).sort()).toEqual([
      "connection",
      "content-length",
      "content-type",
      "date",
    ]);
    expect(reply.headers["content-type"]).toBe("x/y");
  });

  test("over the limit of the route are refused, also without a length", async () => {
    const { listen: start, seen } = plane({ routeLimit: 1_000 });
    const [url = ""] = await open(start([{ type: "tcp", host: "127.0.0.1", port: 0 }]));
    const chunked = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 4; part++) controller.enqueue(new Uint8Array(400));
        controller.close();
      },
    });

    const declared = await fetch(`${url}/mdm/a`, { method: "PUT", body: new Uint8Array(1_001) });
    const streamed = await fetch(`${url}/mdm/a`, {
      method: "PUT",
      body: chunked,
      duplex: "half",
    } as RequestInit);

    expect([declared.status, streamed.status]).toEqual([413, 413]);
    expect(await streamed.text()).toBe("");
    expect(seen).toHaveLength(0);
  });
});

describe("answers", () => {
  test("what is not registered does not exist, and says nothing", async () => {
    const { app } = plane();
    for (const [method, url] of [
      ["GET", "/"],
      ["GET", "/metrics"],
      ["DELETE", "/mdm/a"],
      ["HEAD", "/mdm/a"],
      ["OPTIONS", "/mdm/a"],
      ["GET", "/mdm/%zz"],
      ["GET", `/mdm/${"x".repeat(300)}`],
    ] as const) {
      const reply = await app.inject({ method, url });
      expect(reply.payload).toBe("");
      expect([400, 404, 414]).toContain(reply.statusCode);
      expect(JSON.stringify(reply.headers)).not.toMatch(/fastify|express|powered/i);
    }
  });

  test.each([
    [new UserError("bad", "secret text"), 400],
    [new Retry("database-down", "secret text", { afterMs: 2_100 }), 503],
    [new Stalled("stuck", "secret text"), 409],
    [new Error("secret text"), 500],
    ["not even an error", 500],
    [Object.assign(new Error("secret text"), { statusCode: 401 }), 500],
  ])("an error %s becomes a status without a word", async (thrown, status) => {
    const { app, entries } = plane({
      handle() {
        throw thrown;
      },
    });
    const reply = await app.inject({ method: "GET", url: "/mdm/a" });
    expect(reply.statusCode).toBe(status);
    expect(reply.payload).toBe("");
    if (status === 503) expect(reply.headers["retry-after"]).toBe("3");
    expect(entries).toMatchObject([{ plane: "device", route: "/mdm/:id", status }]);
    if (status === 500) expect(entries[0]?.error).toBe(thrown);
  });

  test("401 never leaves, not even when a handler wants it", async () => {
    const { app, entries } = plane({ handle: () => ({ status: 401 }) });
    expect((await app.inject({ method: "PUT", url: "/mdm/a" })).statusCode).toBe(500);
    expect(String(entries[0]?.error)).toContain("answered 401");
  });

  test("a handler does not run when its authenticator refuses or fails", async () => {
    const { app, route, listRoutes, entries } = plane();
    let ran = 0;
    const handle = () => {
      ran += 1;
      return { status: 200 };
    };
    const reply = { status: 403, body: "{}" };
    const refused = { type: "refused", reason: "wrong signer", reply } as const;
    route({
      method: "GET",
      path: "/refused",
      authenticator: { name: "never", authenticate: () => refused },
      handle,
    });
    const failing = {
      name: "broken",
      authenticate: async () => {
        throw new Retry("database-down", "down");
      },
    };
    route({ method: "GET", path: "/failed", authenticator: failing, handle });

    expect((await app.inject("/refused")).statusCode).toBe(403);
    expect((await app.inject("/failed")).statusCode).toBe(503);
    expect(ran).toBe(0);
    expect(entries.map((entry) => entry.refused)).toEqual(["wrong signer", "database-down"]);
    expect(listRoutes().map((each) => each.requires)).toEqual([
      ...Array(3).fill("anyone: a test"),
      "never",
      "broken",
    ]);
    const nameless = { method: "GET", path: "/open", handle } as unknown as Parameters<typeof route>[0];
    expect(() => route(nameless)).toThrow("declares no authenticator");
  });

  test("more requests than it can hold are sent away at once", async () => {
    const { promise, resolve } = Promise.withResolvers<HttpReply>();
    const { app } = plane({ maxInFlight: 1, handle: () => promise });
    await app.ready();
    const first = app.inject({ method: "GET", url: "/mdm/a" }).then((reply) => reply.statusCode);
    const second = await app.inject({ method: "GET", url: "/mdm/b" });
    resolve({ status: 200 });
    expect(second.statusCode).toBe(503);
    expect(await first).toBe(200);
    expect((await app.inject({ method: "GET", url: "/mdm/c" })).statusCode).toBe(200);
  });
});

describe("a large body", () => {
  const never = anyone("a test");

  test.each([
    ["PUT /nothing", "HTTP/1.1 404"],
    ["PUT /screened", "HTTP/1.1 403"],
    ["PUT /unscreened", "waits"],
  ])("%s is answered or awaited: %s", async (line, expected) => {
    const { route, listen: start, entries } = plane();
    const handle = () => ({ status: 200 });
    const screen = (request: HttpRequest) =>
      request.header("mdm-signature") === "good" ? undefined : "stranger";
    route({ method: "PUT", path: "/screened", authenticator: { ...never, screen }, handle });
    route({ method: "PUT", path: "/unscreened", authenticator: never, handle });
    const [url = ""] = await open(start([{ type: "tcp", host: "127.0.0.1", port: 0 }]));

    const begin = `${line} HTTP/1.1\r\nhost: x\r\ncontent-length: 9000000\r\n\r\n`;
    expect(await firstLine(new URL(url).port, begin)).toContain(expected);
    if (expected.endsWith("403")) expect(entries.map((entry) => entry.refused)).toEqual(["stranger"]);
  });

  test("is read from a known sender, and a small one is not screened", async () => {
    const { route, app } = plane();
    const asked: string[] = [];
    const screen = (request: HttpRequest) => {
      asked.push(request.header("mdm-signature") ?? "none");
      return undefined;
    };
    const handle = ({ body }: HttpRequest) => ({ status: 200, body: String(body.length) });
    route({ method: "PUT", path: "/screened", authenticator: { ...never, screen }, handle });

    const large = { payload: Buffer.alloc(100_000), headers: { "mdm-signature": "good" } };
    expect((await app.inject({ method: "PUT", url: "/screened", ...large })).payload).toBe("100000");
    expect((await app.inject({ method: "PUT", url: "/screened", payload: "small" })).payload).toBe("5");
    expect(asked).toEqual(["good"]);
  });

  test("waits for its turn when others fill the memory", async () => {
    const { promise, resolve } = Promise.withResolvers<HttpReply>();
    const { app } = plane({ maxBuffered: 300_000, handle: () => promise });
    await app.ready();
    const large = { method: "PUT", payload: Buffer.alloc(200_000) } as const;
    const first = app.inject({ url: "/mdm/a", ...large }).then((reply) => reply.statusCode);
    const second = await app.inject({ url: "/mdm/b", ...large });
    resolve({ status: 200 });
    expect(second.statusCode).toBe(503);
    expect(await first).toBe(200);
    expect((await app.inject({ url: "/mdm/c", ...large })).statusCode).toBe(200);
  });
});

/** The first line that a server answers to the beginning of a request; `waits` when it asks for more. */
function firstLine(port: string, begin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(begin));
    const done = (text: string): void => {
      socket.destroy();
      resolve(text.split("\r\n")[0] ?? "");
    };
    socket.once("data", (chunk) => done(chunk.toString("latin1")));
    socket.once("error", reject);
    socket.setTimeout(300, () => done("waits"));
  });
}

test("a device that hangs up in the middle leaves no place taken", async () => {
  const { listen: start } = plane({ maxInFlight: 1 });
  const [url = ""] = await open(start([{ type: "tcp", host: "127.0.0.1", port: 0 }]));
  for (let times = 0; times < 3; times++) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
        socket.write("PUT /mdm/a HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf", () =>
          socket.resetAndDestroy(),
        );
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve());
    });
  }
  let status = 503;
  while (status === 503) ({ status } = await fetch(`${url}/mdm/a`));
  expect(status).toBe(200);
});

describe("who is there", () => {
  const header = () => `:${cert.replace(/-----[A-Z ]+-----|\s/g, "")}:`;

  async function peerOf(
    options: DevicePlaneOptions,
    headers: Record<string, string | string[]>,
    from = "10.0.0.9",
  ) {
    const { app, seen } = plane(options);
    await app.inject({ method: "GET", url: "/mdm/a", headers, remoteAddress: from });
    return seen[0]?.peer;
  }

  const behind = { trustedProxies: ["10.0.0.0/8"], certificateHeader: "x-client-cert" };

  test("a certificate in the header counts from a trusted proxy only", async () => {
    const given = { "x-client-cert": header() };
    expect((await peerOf(behind, given))?.certificate?.subject).toBe("CN=device-1");
    expect((await peerOf(behind, { "x-client-cert": encodeURIComponent(cert) }))?.certificateFrom).toBe(
      "header",
    );
    expect((await peerOf(behind, given, "192.0.2.1"))?.certificate).toBeUndefined();
    expect((await peerOf({ certificateHeader: "x-client-cert" }, given))?.certificate).toBeUndefined();
    expect((await peerOf({ trustedProxies: ["10.0.0.0/8"] }, given))?.certificate).toBeUndefined();
  });

  test.each([["garbage"], [":AAAA:"], ["%zz"], ["-----BEGIN CERTIFICATE-----"], [""]])(
    "the certificate header %j is no certificate",
    async (value) => {
      expect((await peerOf(behind, { "x-client-cert": value }))?.certificate).toBeUndefined();
    },
  );

  test("the forwarded address is believed as far as trusted proxies vouch for it", async () => {
    const forwarded = { "x-forwarded-for": "203.0.113.7, 198.51.100.2, 10.1.1.1" };
    expect((await peerOf(behind, forwarded))?.address).toBe("198.51.100.2");
    expect((await peerOf(behind, forwarded, "::ffff:10.0.0.9"))?.address).toBe("198.51.100.2");
    expect((await peerOf({}, forwarded))?.address).toBe("10.0.0.9");
    expect((await peerOf(behind, { "x-forwarded-for": "nonsense" }))?.address).toBe("10.0.0.9");
  });

  test.each(["10.0.0.0/40", "hello", "10.0.0.0/-1", "10.0.0.0/x"])("%s is no network", (network) => {
    expect(() => createDevicePlane({ trustedProxies: [network] })).toThrow("is not a network");
  });

  test("a TLS client without a certificate is answered, one with its own is known by it", async () => {
    const { listen: start, seen } = plane();
    const tls = { cert, key, requestCertificate: true };
    const [url = ""] = await open(start([{ type: "tcp", host: "127.0.0.1", port: 0, tls }]));

    expect(await statusOver(url, {})).toBe(200);
    expect(await statusOver(url, { cert, key })).toBe(200);

    expect(seen.map(({ peer }) => [peer.certificate?.subject, peer.certificateFrom])).toEqual([
      [undefined, undefined],
      ["CN=device-1", "tls"],
    ]);
  });
});

describe("the connection", () => {
  test("what is not HTTP is refused without harm to others", async () => {
    const { listen: start } = plane();
    const [url = ""] = await open(start([{ type: "tcp", host: "127.0.0.1", port: 0 }]));
    const { port } = new URL(url);

    const answers = await Promise.all([
      sent(Number(port), "\x16\x03\x01garbage\r\n\r\n"),
      sent(Number(port), `GET /mdm/a HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(20_000)}\r\n\r\n`),
      sent(Number(port), "GET /mdm/a HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"),
    ]);

    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 4\d\d /);
    expect((await fetch(`${url}/mdm/a`)).status).toBe(200);
  });

  test("who sends a request a byte at a time is not waited for, and others are served meanwhile", async () => {
    const { listen: start } = plane();
    const [url = ""] = await open(
      start([{ type: "tcp", host: "127.0.0.1", port: 0 }], { requestTimeout: 200 }),
    );
    const port = Number(new URL(url).port);
    const slow = [
      "GET /mdm/a HTTP/1.1\r\nhost: x\r\nx:",
      "PUT /mdm/a HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\na",
    ];
    const ended = Promise.all(slow.map((begin) => trickled(port, begin)));
    expect((await fetch(`${url}/mdm/a`)).status).toBe(200);
    expect(await ended).toEqual(["closed", "closed"]);
    expect((await fetch(`${url}/mdm/a`)).status).toBe(200);
  });

  test("closing lets a request finish and takes no other", async () => {
    const { promise, resolve } = Promise.withResolvers<HttpReply>();
    const started = Promise.withResolvers<void>();
    const { listen: start } = plane({
      handle() {
        started.resolve();
        return promise;
      },
    });
    const server = await start([{ type: "tcp", host: "127.0.0.1", port: 0 }]);
    const [url = ""] = server.urls;
    const running = fetch(`${url}/mdm/a`);
    await started.promise;

    const closed = server.close();
    const late = fetch(`${url}/mdm/b`).then(
      (reply) => reply.status,
      () => "refused",
    );

    expect(["refused", 503]).toContain(await late);
    resolve({ status: 200, body: "done" });
    expect(await (await running).text()).toBe("done");
    await closed;
  });

  test("a port that is taken is the user's to free", async () => {
    const first = plane();
    const [url = ""] = await open(first.listen([{ type: "tcp", host: "127.0.0.1", port: 0 }]));
    const port = Number(new URL(url).port);
    await expect(plane().listen([{ type: "tcp", host: "127.0.0.1", port }])).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
  });
});

async function open(starting: Promise<Listening>): Promise<readonly string[]> {
  const started = await starting;
  listening.push(started);
  return started.urls;
}

/** Begins a request and goes on with a byte now and then until the server has had enough. */
function trickled(port: number, begin: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(begin));
    const going = setInterval(() => socket.write("a"), 60);
    socket.resume();
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(going);
      resolve("closed");
    });
  });
}

function statusOver(url: string, identity: { cert?: string; key?: string }): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { ...identity, rejectUnauthorized: false, agent: false };
    const asking = httpsRequest(`${url}/mdm/a`, options, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    });
    asking.on("error", reject).end();
  });
}

function sent(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}
