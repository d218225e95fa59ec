import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestPushCertificate } from "../apple/push-certificate.ts";
import { type Answers, runReeve, startTestDaemon } from "./test-daemon.ts";

const topic = "com.apple.mgmt.External.test";
const path = "/v1/apple/push-certificate";
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-push-verbs-"));
  const pem = await createTestPushCertificate({ topic, now: Date.now() });
  await writeFile(join(folder, "new.pem"), pem.certificatePem);
  await writeFile(join(folder, "new.key"), pem.keyPem);
});
afterAll(() => rm(folder, { recursive: true }));

async function ask(argv: readonly string[], answers: Answers) {
  await using daemon = await startTestDaemon(answers);
  const ran = await runReeve([...argv, "--server", daemon.url], { cwd: folder, now: Date.now });
  return { ...ran, asked: daemon.asked };
}

const importNew = ["apple", "push-import", "new.pem", "--key", "new.key"];

test("push-csr never writes over a key, and says what comes next", async () => {
  const run = () => runReeve(["apple", "push-csr"], { cwd: folder });
  expect((await run()).out).toMatch(/^Wrote push\.key \(keep it\) and push\.csr\.\n.*--vendor-certificate/s);
  const key = await readFile(join(folder, "push.key"), "utf8");
  expect((await stat(join(folder, "push.key"))).mode & 0o777).toBe(0o600);
  expect((await run()).out).toContain("were there already");
  expect(await readFile(join(folder, "push.key"), "utf8")).toBe(key);
  await rm(join(folder, "push.csr"));
  expect(await run()).toMatchObject({ code: 3, err: expect.stringContaining("they belong together") });
  expect(await readFile(join(folder, "push.key"), "utf8")).toBe(key);
});

test("push-import goes into the store when no files are configured", async () => {
  const answers = {
    [`GET ${path}`]: () => ({ origin: "none", expected: [{ topic, devices: 3 }] }),
    [`POST ${path}`]: () => ({ topic, notAfter: 0 }),
  };
  const { code, out, asked } = await ask(importNew, answers);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^Imported into the store, sealed: topic com\.apple\.mgmt\.External\.test, valid until /,
  );
  expect(asked.map((one) => one.method)).toEqual(["GET", "POST"]);
});

test("push-import goes into the configured files, and nothing does that would leave devices behind", async () => {
  const settings = { certificate: join(folder, "in-use.pem"), key: join(folder, "in-use.key") };
  await writeFile(settings.certificate, "old");
  await writeFile(settings.key, "old");
  const set = [
    ["--set", `apple.pushCertificateFile=${settings.certificate}`],
    ["--set", `apple.pushKeyFile=${settings.key}`],
  ].flat();
  const expecting = (expected: string) => ({
    [`GET ${path}`]: () => ({ origin: "files", expected: [{ topic: expected, devices: 3 }] }),
  });
  const other = await ask([...importNew, ...set], expecting("com.apple.mgmt.External.other"));
  expect(other.code).toBe(3);
  expect(other.err).toContain("3 enrolled devices expect com.apple.mgmt.External.other");
  expect(await readFile(settings.certificate, "utf8")).toBe("old");

  const forced = await ask([...importNew, ...set, "--force"], expecting("com.apple.mgmt.External.other"));
  const fitting = await ask([...importNew, ...set], expecting(topic));
  expect([forced.code, fitting.code, fitting.asked.length]).toEqual([0, 0, 1]);
  expect(await readFile(settings.certificate, "utf8")).toContain("BEGIN CERTIFICATE");
  expect((await stat(settings.key)).mode & 0o777).toBe(0o600);
});
