import { expect, test } from "vitest";
import { sharedKeys } from "../test/run-keys.ts";
import { requestCertificate, type ScepRequest } from "./scep-client.ts";
import { scriptedServer } from "./scripted-server.ts";
import { virtualWorld } from "./world.ts";

async function setUp(more: Partial<ScepRequest> = {}, caps?: string) {
  const world = virtualWorld();
  const server = scriptedServer({ clock: world.now, ...(caps !== undefined ? { caps } : {}) });
  const request: ScepRequest = {
    url: "https://mdm.test/scep",
    subject: [["CN", "device"]],
    challenge: "open sesame",
    keys: await sharedKeys.take(),
    now: world.now(),
    ...more,
  };
  return { server, request, run: () => requestCertificate(server.transport, request) };
}

test("a certificate is issued over POST, or over GET when POST is not offered", async () => {
  const post = await setUp();
  const get = await setUp({}, "SHA-256\n");

  const results = [await post.run(), await get.run()];

  expect(results.map((result) => result.ok)).toEqual([true, true]);
  expect(post.server.requests.map((one) => one.method)).toEqual(["GET", "GET", "POST"]);
  expect(get.server.requests.map((one) => one.method)).toEqual(["GET", "GET", "GET"]);
});

test("a renewal is signed with the old identity and needs no challenge", async () => {
  const { server, request, run } = await setUp();
  const first = await run();
  if (!first.ok) throw new Error(first.reason);
  const { challenge: _, ...open } = request;

  const renewed = await requestCertificate(server.transport, {
    ...open,
    keys: await sharedKeys.take(),
    renewing: first.identity,
  });
  const fresh = await requestCertificate(server.transport, open);

  expect([renewed.ok, fresh.ok]).toEqual([true, false]);
});

test("a pinned fingerprint must match", async () => {
  const { run } = await setUp({ caFingerprint: Buffer.alloc(32, 1) });

  expect(await run()).toEqual({
    ok: false,
    retry: false,
    reason: "the authority's certificate does not match CAFingerprint",
  });
});

test("an answer that was recorded for another request is refused", async () => {
  const { server, request: first, run } = await setUp();
  const request = { ...first, transactionId: "SAME" };
  let recorded: Awaited<ReturnType<typeof server.transport>> | undefined;
  const replaying: typeof server.transport = async (one) => {
    const answer = await server.transport(one);
    if (one.method === "POST") recorded ??= answer;
    return one.method === "POST" && recorded !== undefined ? recorded : answer;
  };
  await requestCertificate(replaying, request);

  const replayed = await requestCertificate(replaying, request);
  const honest = await run();

  expect(replayed).toEqual({ ok: false, retry: false, reason: "CertRep does not repeat our nonce" });
  expect(honest.ok).toBe(true);
});

test("an authority that is down is worth another try, one that refuses is not", async () => {
  const { server, run } = await setUp({ challenge: "guess" });

  const refused = await run();
  server.intercept(() => ({ status: 503, headers: {}, body: Buffer.alloc(0) }));
  const down = await run();

  expect(refused).toMatchObject({ ok: false, retry: false });
  expect(down).toMatchObject({ ok: false, retry: true });
});
