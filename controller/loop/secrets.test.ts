import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Manifest } from "../core/manifest.ts";
import { type DeclaredSecrets, type SecretSources, secretsOf } from "./secrets.ts";
import { substitute } from "./substitute.ts";

const fingerprintKey = Buffer.alloc(32, 7);

function declare(spec: Manifest<"Secret">["spec"]): DeclaredSecrets {
  return new Map([["wifi", spec]]);
}

function read(spec: Manifest<"Secret">["spec"], sources: Partial<SecretSources>, name = "wifi/psk"): string {
  const secrets = secretsOf(declare(spec), {
    environment: {},
    folder: undefined,
    fingerprintKey,
    ...sources,
  });
  return secrets.read(name, "Profile/wifi");
}

const allow = ["Profile/wifi"];

test("reads a variable that the repository may name", () => {
  expect(read({ provider: "env", allow }, { environment: { REEVE_SECRET_WIFI_PSK: "hunter22" } })).toBe(
    "hunter22",
  );
});

test("a repository cannot reach the daemon's own settings through a secret", () => {
  const spec = { provider: "env" as const, allow, keys: { psk: "DATABASE_URL" } };

  expect(() => read(spec, { environment: { DATABASE_URL: "postgres://u:p@h/d" } })).toThrow(
    /does not begin with REEVE_SECRET_/,
  );
});

test("a file secret stays below its folder, links included", () => {
  const folder = mkdtempSync(join(tmpdir(), "reeve-secrets-"));
  mkdirSync(join(folder, "in"));
  mkdirSync(join(folder, "in", "wifi"));
  writeFileSync(join(folder, "outside"), "not yours");
  writeFileSync(join(folder, "in", "wifi", "psk"), "hunter22\n");
  symlinkSync(join(folder, "outside"), join(folder, "in", "link"));
  const sources = { folder: join(folder, "in") };

  expect(read({ provider: "file", allow }, sources)).toBe("hunter22");
  expect(() => read({ provider: "file", allow, keys: { psk: "../outside" } }, sources)).toThrow(/leads out/);
  expect(() => read({ provider: "file", allow, keys: { psk: "link" } }, sources)).toThrow(/leads out/);
});

test("a file secret is looked at before it is read: no pipe, no folder, nothing large", () => {
  const folder = mkdtempSync(join(tmpdir(), "reeve-secrets-"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  writeFileSync(join(folder, "large"), "x".repeat(65 * 1024));
  const of = (psk: string) => read({ provider: "file", allow, keys: { psk } }, { folder });

  expect(() => of("pipe")).toThrow(/no plain file/);
  expect(() => of("large")).toThrow(/over 64 KiB/);
});

test("is read for those whom its Secret allows, whatever the content asks for", () => {
  const sources = { environment: { REEVE_SECRET_WIFI_PSK: "hunter22" }, folder: undefined, fingerprintKey };
  const secrets = secretsOf(declare({ provider: "env", allow }), sources);

  expect(secrets.read("wifi/psk", "Profile/wifi")).toBe("hunter22");
  for (const user of ["Profile/web", "App/wifi", "Operation/wifi", ""])
    expect(() => secrets.read("wifi/psk", user)).toThrow(/does not allow/);
});

test("is taken out of what devices say", () => {
  const environment = { REEVE_SECRET_WIFI_PSK: "a$&b.hunter", REEVE_SECRET_WIFI_PIN: "the" };
  const spec = { provider: "env" as const, allow };
  const secrets = secretsOf(declare(spec), { environment, folder: undefined, fingerprintKey });
  secrets.read("wifi/psk", "Profile/wifi");
  secrets.read("wifi/pin", "Profile/wifi");

  expect(secrets.withhold("the key a$&b.hunter, a$&b.hunter")).toBe("the key [secret], [secret]");
});

test("a fingerprint follows the value and does not tell it", () => {
  const of = (value: string) =>
    secretsOf(declare({ provider: "env", allow }), {
      environment: { REEVE_SECRET_WIFI_PSK: value },
      folder: undefined,
      fingerprintKey,
    }).fingerprint("wifi/psk");

  expect(of("hunter22")).not.toBe(of("hunter23"));
  expect(of("hunter22")).not.toContain("hunter");
});

const nobody = {
  serial: undefined,
  udid: undefined,
  alias: undefined,
  model: undefined,
  osVersion: undefined,
  platform: undefined,
  ownerEmail: undefined,
};

test("variables stand for the device's own values, and a missing one is never sent as nothing", () => {
  const device = { ...nobody, serial: "C02X", ownerEmail: "mia.graf@acme.example" };
  const secret = (name: string) => `<${name}>`;

  expect(substitute("${device.serial} of ${owner.name}: ${secret:wifi/psk}", device, secret)).toBe(
    "C02X of Mia Graf: <wifi/psk>",
  );
  expect(() => substitute("${owner.email}", nobody, secret)).toThrow(/no value for this device/);
});

test("a value that is one of the daemon's own secrets is refused, and is not told", () => {
  const folder = mkdtempSync(join(tmpdir(), "reeve-secrets-"));
  writeFileSync(join(folder, "database-url"), "postgres://app:hunter22@db/reeve\n");
  const sources = { folder, isOwn: (value: string) => value.includes("hunter22") };
  const spec = { provider: "file" as const, allow, keys: { psk: "database-url" } };

  expect(() => read(spec, sources)).toThrow("Secret/wifi psk: its value is one of reeve's own secrets");
  expect(() =>
    read({ provider: "env", allow }, { ...sources, environment: { REEVE_SECRET_WIFI_PSK: "hunter22" } }),
  ).toThrow(/own secrets/);
  expect(
    secretsOf(declare(spec), { environment: {}, fingerprintKey, ...sources }).fingerprint("wifi/psk"),
  ).toBe(undefined);
});

test.each([
  ["the folder itself", "."],
  ["its parent", ".."],
  ["a folder", "inner"],
  ["a pipe, which would hold up everything", "pipe"],
  ["a file that is far too large", "large"],
  ["a path with a zero byte", "a\0b"],
])("a file secret that is %s is refused", (_what, place) => {
  const folder = mkdtempSync(join(tmpdir(), "reeve-secrets-"));
  mkdirSync(join(folder, "inner"));
  writeFileSync(join(folder, "large"), Buffer.alloc(300_000, "x"));
  execFileSync("mkfifo", [join(folder, "pipe")]);

  expect(() => read({ provider: "file", allow, keys: { psk: place } }, { folder })).toThrow(
    /^Secret\/wifi psk/,
  );
});
