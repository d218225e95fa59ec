import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeAuthority, noon } from "./fixture.ts";
import { createLeaf, type Pem } from "./identity.ts";
import { createPushClient, type PushClient } from "./push.ts";
import { createTestPushCertificate, readPushCertificate } from "./push-certificate.ts";

/** The apn library looks at the real clock. */
const now = Date.now();
const topic = "com.apple.mgmt.External.test";
const address = { token: "aabb", magic: "magic-1", topic };

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Http2SecureServer;
let sessions: ServerHttp2Session[] = [];
let seen: Seen[] = [];
let answer: { status: number; body?: object } | "silence" = { status: 200 };
let certificate: Pem;
let client: PushClient;

beforeAll(async () => {
  const authority = await makeAuthority(now);
  const tls = await createLeaf(authority, { commonName: "push", hosts: ["localhost"], usage: "server", now });
  certificate = await createTestPushCertificate({ topic, now });
  server = createSecureServer({
    cert: tls.certificatePem,
    key: tls.keyPem,
    requestCert: true,
    rejectUnauthorized: false,
  });
  server.on("session", (session) => sessions.push(session));
  server.on("stream", async (stream, headers) => {
    seen.push({ headers, body: Buffer.concat(await stream.toArray()).toString() });
    if (answer === "silence") return stream.session?.destroy();
    stream.respond({ ":status": answer.status });
    stream.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = createPushClient({
    ...certificate,
    address: "localhost",
    port,
    ca: authority.pem.certificatePem,
    now,
  });
});

beforeEach(() => {
  seen = [];
  answer = { status: 200 };
});

afterAll(async () => {
  await client.close();
  for (const session of sessions) session.destroy();
  server.close();
  sessions = [];
});

function push() {
  return client.push(address, { expiresAt: noon });
}

describe("a push", () => {
  test("is exactly what Apple wants for management", async () => {
    expect(await push()).toEqual({ type: "accepted" });

    expect(seen[0]?.body).toBe('{"mdm":"magic-1"}');
    expect(seen[0]?.headers).toMatchObject({
      ":path": "/3/device/aabb",
      "apns-topic": topic,
      "apns-push-type": "mdm",
      "apns-expiration": String(noon / 1000),
      "apns-priority": "10",
    });
  });

  test("to a token that is gone", async () => {
    answer = { status: 410, body: { reason: "Unregistered", timestamp: 1_700_000_000_000 } };

    expect(await push()).toEqual({ type: "token-dead", since: 1_700_000_000_000 });
  });

  test.each([
    [400, "BadDeviceToken"],
    [400, "DeviceTokenNotForTopic"],
    [403, "BadCertificate"],
    [410, "SomethingNew"],
  ])("%i %s is about our configuration, not about the device", async (status, reason) => {
    answer = { status, body: { reason } };

    expect(await push()).toEqual({ type: "configuration", reason });
  });

  test.each([
    [429, "TooManyRequests"],
    [503, "ServiceUnavailable"],
  ])("%i %s is for later, and is not repeated by itself", async (status, reason) => {
    answer = { status, body: { reason } };

    expect(await push()).toMatchObject({ type: "retry", reason });
    expect(seen).toHaveLength(1);
  });

  test("over a connection that breaks, and over the next one", async () => {
    answer = "silence";
    expect(await push()).toMatchObject({ type: "retry" });

    answer = { status: 200 };
    expect(await push()).toEqual({ type: "accepted" });
  });

  test("goes over a new connection when the service says goodbye, and none is lost", async () => {
    expect(await push()).toEqual({ type: "accepted" });
    const before = sessions.length;
    for (let times = 0; times < 3; times++) {
      for (const session of sessions) if (!session.destroyed) session.goaway();
      const outcomes = await Promise.all(Array.from({ length: 40 }, push));
      for (const outcome of outcomes) expect(["accepted", "retry"]).toContain(outcome.type);
      expect(await push()).toEqual({ type: "accepted" });
    }
    expect(sessions.length - before).toBeLessThanOrEqual(6);
  });

  test("for another topic never leaves", async () => {
    const other = { ...address, topic: "com.apple.mgmt.External.other" };

    expect(await client.push(other, { expiresAt: noon })).toMatchObject({ type: "configuration" });
    expect(seen).toEqual([]);
  });

  test("to a service that is not there", async () => {
    const lost = createPushClient({ ...certificate, address: "localhost", port: 1, now });

    expect(await lost.push(address, { expiresAt: noon })).toMatchObject({ type: "retry" });
    await lost.close();
  });
});

describe("the push certificate", () => {
  test("tells its topic and its end", () => {
    expect(readPushCertificate(certificate, { now })).toMatchObject({ topic, notAfter: expect.any(Number) });
    expect(client.topic).toBe(topic);
    expect(client.notAfter).toBeGreaterThan(now);
  });

  test("of another topic is not taken: every device would have to enroll again", () => {
    expect(() =>
      readPushCertificate(certificate, { now, expectedTopic: "com.apple.mgmt.External.old" }),
    ).toThrow(expect.objectContaining({ code: "push-topic-changed" }));
  });

  test("must be valid, for management, and belong to its key", async () => {
    const other = await createTestPushCertificate({ topic: "com.example.app", now });
    const code = (texts: Pem, at = now) => {
      try {
        readPushCertificate(texts, { now: at });
      } catch (error) {
        return (error as { code: string }).code;
      }
    };

    expect(code(certificate, now + 400 * 86_400_000)).toBe("push-expired");
    expect(code(other)).toBe("push-topic");
    expect(code({ ...certificate, keyPem: other.keyPem })).toBe("push-key-mismatch");
    expect(code({ ...certificate, certificatePem: "x" })).toBe("push-certificate");
    expect(code({ ...certificate, keyPem: "x" })).toBe("push-key");
  });
});
