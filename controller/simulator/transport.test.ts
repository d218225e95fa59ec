import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { selfSignedCertificate } from "./certificate.ts";
import { loopbackCertificate } from "./self-made.ts";
import { socketTransport } from "./transport.ts";

test("connections are kept, bodies come back as sent, and mtls presents the device's identity", async () => {
  const tls = loopbackCertificate();
  const seen = { connections: 0, subjects: [] as (string | undefined)[] };
  const options = { cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: false };
  await using server = createServer(options, (request, response) => {
    seen.subjects.push((request.socket as TLSSocket).getPeerX509Certificate()?.subject);
    request.pipe(response.writeHead(202, { "X-Answer": "yes" }));
  });
  server.on("secureConnection", () => seen.connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const now = Date.now();
  const certificate = selfSignedCertificate({
    subject: [["CN", "device-1"]],
    key: privateKey,
    notBefore: now - 1_000,
    notAfter: now + 60_000,
  });
  const request = {
    method: "PUT",
    url,
    headers: {},
    body: Buffer.from("hello"),
    identity: { certificate, privateKey },
  } as const;
  const plain = socketTransport({ ca: tls.certificate });
  const mutual = socketTransport({ ca: tls.certificate, clientCertificate: "mtls" });

  const answers = [await plain(request), await plain(request), await mutual(request)];
  const stranger = await socketTransport()(request).catch((error: NodeJS.ErrnoException) => error.code);
  plain.close();
  mutual.close();

  expect(answers.map(({ status, headers, body }) => [status, headers["x-answer"], body.toString()])).toEqual(
    Array.from({ length: 3 }, () => [202, "yes", "hello"]),
  );
  expect(seen.subjects).toEqual([undefined, undefined, "CN=device-1"]);
  expect(seen.connections).toBe(2);
  expect(stranger).toBe("DEPTH_ZERO_SELF_SIGNED_CERT");
});
