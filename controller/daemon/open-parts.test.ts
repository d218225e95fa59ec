import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestPushCertificate } from "../apple/push-certificate.ts";
import { loadConfig } from "../config.ts";
import { openPushClient, pushWarnings } from "./open-parts.ts";

const day = 86_400_000;

test("a push certificate that has expired is told, and keeps nobody from starting", async () => {
  const folder = await mkdtemp(join(tmpdir(), "reeve-push-"));
  try {
    const topic = "com.apple.mgmt.External.test";
    const pem = await createTestPushCertificate({ topic, now: Date.now() - 400 * day });
    await writeFile(join(folder, "push.pem"), pem.certificatePem);
    await writeFile(join(folder, "push.key"), pem.keyPem);
    const flags = {
      "apple.pushCertificateFile": join(folder, "push.pem"),
      "apple.pushKeyFile": join(folder, "push.key"),
    };
    const client = openPushClient(await loadConfig({ env: {}, cwd: folder, flags }));
    if (client === undefined) throw new Error("a certificate is configured");
    const [warning] = pushWarnings(client, Date.now());
    expect(warning?.message).toMatch(/^push certificate expired 3[56] days ago: no device can be woken$/);
    const address = { token: "00", magic: "m", topic };
    expect(await client.push(address, { expiresAt: 0 })).toMatchObject({ type: "configuration" });
    await client.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
