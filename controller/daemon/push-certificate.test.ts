import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTestPushCertificate } from "../apple/push-certificate.ts";
import { loadConfig } from "../config.ts";
import { importPushCertificate } from "../loop/push-certificate.ts";
import { listEvents } from "../store/events.ts";
import { pglite } from "../store/test-stores.ts";
import { authenticate, identityFor } from "../test/hand-made.ts";
import { bothStores, install, testTopic } from "../test/installation.ts";
import { baseline } from "../test/manifests.ts";
import { openPushing, pushWarnings } from "./push-certificate.ts";

const day = 86_400_000;
const server = (await bothStores()).at(-1) ?? pglite;
const empty = { stores: server, files: baseline, devices: [] };

test("a push certificate that has expired is told, and keeps nobody from starting", async () => {
  await using house = await install(empty);
  const folder = await mkdtemp(join(tmpdir(), "reeve-push-"));
  try {
    const pem = await createTestPushCertificate({ topic: testTopic, now: Date.now() - 400 * day });
    await writeFile(join(folder, "push.pem"), pem.certificatePem);
    await writeFile(join(folder, "push.key"), pem.keyPem);
    const flags = {
      "apple.pushCertificateFile": join(folder, "push.pem"),
      "apple.pushKeyFile": join(folder, "push.key"),
    };
    const { client, view } = await openPushing(
      await loadConfig({ env: {}, cwd: folder, flags }),
      house.store,
    );
    expect(view).toMatchObject({ origin: "files", topic: testTopic });
    const [warning] = pushWarnings(client, Date.now());
    expect(warning?.message).toMatch(/^push certificate expired 3[56] days ago: no device can be woken$/);
    const address = { token: "00", magic: "m", topic: testTopic };
    expect(await client?.push(address, { expiresAt: 0 })).toMatchObject({ type: "configuration" });
    await client?.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("an imported certificate is sealed in the store, used at the next start, and must keep the topic", async () => {
  await using house = await install(empty);
  const now = house.world.now();
  const config = await loadConfig({ env: {}, cwd: tmpdir() });
  expect((await openPushing(config, house.store)).view).toEqual({ origin: "none" });
  await authenticate(house, await identityFor(house), "UDID-1");
  const ports = { store: house.store, clock: house.world.now };
  const other = await createTestPushCertificate({ topic: "com.apple.mgmt.External.other", now });
  await expect(importPushCertificate(ports, other, "it", false)).rejects.toMatchObject({
    code: "push-topic-changed",
    message: `the certificate's topic is com.apple.mgmt.External.other; 1 enrolled device expects ${testTopic}`,
  });
  const old = await createTestPushCertificate({ topic: testTopic, now: now - 400 * day });
  await expect(importPushCertificate(ports, old, "it", true)).rejects.toMatchObject({ code: "push-expired" });

  const fitting = await createTestPushCertificate({ topic: testTopic, now });
  await importPushCertificate(ports, fitting, "it", false);
  const [row] = await house.store.query<{ sealed: string }>(
    "select sealed from reeve.material where name = 'push-certificate'",
  );
  expect(row?.sealed).not.toContain("PRIVATE");
  const { client, view } = await openPushing(config, house.store);
  expect(view).toMatchObject({ origin: "store", topic: testTopic });
  await client?.close();
  await importPushCertificate(ports, other, "it", true);
  expect(await said(house, "push-certificate.imported")).toEqual([
    expect.stringMatching(/^topic com\.apple\.mgmt\.External\.other, .*, forced$/),
    expect.stringMatching(/^topic com\.apple\.mgmt\.External\.test, /),
  ]);
});

test("that a certificate ends is said once for each of 60, 30, 14 and 7 days before", async () => {
  await using house = await install(empty);
  const now = house.world.now();
  const pem = await createTestPushCertificate({ topic: testTopic, now });
  await importPushCertificate({ store: house.store, clock: () => now }, pem, "it", false);
  const config = await loadConfig({ env: {}, cwd: tmpdir() });
  const replicas = await Promise.all([openPushing(config, house.store), openPushing(config, house.store)]);
  const ends = replicas[0].view.notAfter ?? 0;
  const days = [61, 60, 45, 30, 14, 13, 7, 1, -1, -2];
  for (const left of days) for (const replica of replicas) await replica.watch(ends - left * day);
  // One that starts again says nothing twice, and one that starts late says only where things stand.
  const [late] = [await openPushing(config, house.store)];
  await late.watch(ends - 3 * day);
  expect(await said(house, "push-certificate.expir")).toEqual([
    expect.stringContaining("no device can be woken"),
    expect.stringContaining("ends in 7 days"),
    expect.stringContaining("ends in 14 days"),
    expect.stringContaining("ends in 30 days"),
    expect.stringContaining("ends in 60 days"),
  ]);
  for (const { client } of [...replicas, late]) await client?.close();
});

async function said(house: Awaited<ReturnType<typeof install>>, type: string): Promise<readonly string[]> {
  return (await listEvents(house.store, { types: [type], limit: 20 })).map((event) => event.message);
}
