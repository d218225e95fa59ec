import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { refusal, type TestGoogle, testGoogle } from "../android/test-google.ts";
import type { Finding } from "../cli/doctor.ts";
import { type Config, describeConfig, loadConfig } from "../config.ts";
import { startAmapi } from "../simulator/amapi/emulator.ts";
import { realWorld } from "../simulator/world.ts";
import { androidParts } from "./android.ts";
import { checkAndroid } from "./doctor/android.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-android-test-"));
});
afterEach(() => rm(folder, { recursive: true }));

function configured(android: string): Config {
  return loadConfig({
    cwd: folder,
    env: { REEVE_ANDROID__ENTERPRISE: "enterprises/LC1", ...given(android) },
  });
}

function given(emulatorUrl: string): Record<string, string> {
  return emulatorUrl === "" ? {} : { REEVE_ANDROID__EMULATOR_URL: emulatorUrl };
}

function examined(config: Config): Promise<readonly Finding[]> {
  return checkAndroid({ config, now: Date.now, offline: false, ask: () => Promise.reject(new Error()) });
}

test("the key of a service account may have many lines, is shown nowhere, and must be one", async () => {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const key = { type: "service_account", client_email: "reeve@acme.example", private_key: privateKey };
  const file = join(folder, "google.json");
  await writeFile(file, JSON.stringify(key, undefined, 2));
  const load = () =>
    loadConfig({
      cwd: folder,
      env: { REEVE_ANDROID__ENTERPRISE: "enterprises/LC1", REEVE_ANDROID__SERVICE_ACCOUNT_FILE: file },
    });
  expect(androidParts(load())?.enterprise).toBe("enterprises/LC1");
  expect(JSON.stringify(describeConfig(load()))).not.toContain("PRIVATE KEY");
  await writeFile(file, "{}");
  expect(() => androidParts(load())).toThrow(/not one/);
  await writeFile(file, "key");
  expect(load).toThrow(/android.serviceAccount: expected a JSON object/);
});

test("a name that is no enterprise's is refused", () => {
  const load = (env: Record<string, string>) => () => loadConfig({ cwd: folder, env });
  expect(load({ REEVE_ANDROID__ENTERPRISE: "LC1" })).toThrow(/android.enterprise: expected Google's name/);
  expect(androidParts(loadConfig({ cwd: folder, env: {} }))).toBeUndefined();
});

test("the doctor says what stands between reeve and Google", async () => {
  await using forbidding: TestGoogle = await testGoogle(refusal(403, "PERMISSION_DENIED", "no"));
  expect(await examined(configured(forbidding.url))).toMatchObject([
    { status: "fail", hint: expect.stringContaining("Android Management User") },
  ]);
  const amapi = await startAmapi({ world: realWorld() });
  try {
    const name = amapi.enterprise();
    const env = { REEVE_ANDROID__ENTERPRISE: name, REEVE_ANDROID__EMULATOR_URL: amapi.rootUrl };
    expect(await examined(loadConfig({ cwd: folder, env }))).toMatchObject([
      { status: "pass" },
      { status: "warn", says: expect.stringContaining("emulator") },
      { status: "warn", says: expect.stringContaining("reeve-enrollment") },
      { status: "warn", hint: "Set android.project." },
    ]);
  } finally {
    await amapi.close();
  }
  expect(await examined(loadConfig({ cwd: folder, env: {} }))).toEqual([]);
});
