import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadConfig } from "../config.ts";
import { ownSecretsOf } from "./own-secrets.ts";

const folder = mkdtempSync(join(tmpdir(), "reeve-own-"));
const place = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

test("knows the daemon's own passwords, keys and tokens, also when a folder of secrets holds them", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
  const token = "a token of at least twenty characters";
  const config = loadConfig({
    cwd: folder,
    env: {
      REEVE_STORE__DATABASE_URL_FILE: place("database-url", "postgres://app:hunter2@db/reeve\n"),
      REEVE_SOURCE__PASSWORD: "gitpassword",
      REEVE_STORE__KEY_FILE: place("key", "ab".repeat(32)),
      REEVE_APPLE__PUSH_KEY_FILE: place("push.key", key),
      REEVE_APPLE__PUSH_CERTIFICATE_FILE: place("push.pem", "x"),
      REEVE_PERSONS: JSON.stringify([
        { name: "boss", role: "approver", tokens: [{ file: place("boss-token", `${token}\n`) }] },
      ]),
    },
  });
  const isOwn = ownSecretsOf(config);

  for (const text of [
    "postgres://app:hunter2@db/reeve",
    "x gitpassword y",
    `${"ab".repeat(32)}\n`,
    `certificate\n${key}`,
    token,
    ` ${token}\n`,
  ])
    expect(isOwn(text), text).toBe(true);
  for (const text of ["hunter22", "", "another token of twenty characters"]) expect(isOwn(text)).toBe(false);
});

test.each([
  ["around it", ".", "state"],
  ["the same", "state", "state"],
  ["in it", "state/secrets", "state"],
])(
  "refuses a folder of secrets that shares a place with the state of the daemon: %s",
  (_what, secrets, state) => {
    mkdirSync(join(folder, "state", "secrets"), { recursive: true });
    const env = { REEVE_RECONCILE__SECRETS_FOLDER: secrets, REEVE_STORE__DIRECTORY: state };

    expect(() => loadConfig({ cwd: folder, env })).toThrow(/reconcile.secretsFolder/);
  },
);

test("the key of a service account is one, with the rest of its file or without", () => {
  const account = JSON.stringify({ type: "service_account", private_key: "not-really-a-key\n" });
  const isOwn = ownSecretsOf(loadConfig({ env: { REEVE_ANDROID__SERVICE_ACCOUNT: account } }));
  expect([account, "not-really-a-key", "another key"].map(isOwn)).toEqual([true, true, false]);
});
