import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { settingsTables } from "./config/document.ts";
import { secretOf } from "./config/secret.ts";
import { type ConfigSources, describeConfig, loadConfig, secretsOf } from "./config.ts";

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "reeve-config-"));
});

afterEach(() => rmSync(cwd, { recursive: true, force: true }));

function load(yaml: string | undefined, rest: ConfigSources = {}) {
  if (yaml !== undefined) writeFileSync(join(cwd, "reeve.yaml"), yaml);
  return loadConfig({ cwd, env: {}, ...rest });
}

function complaint(yaml: string | undefined, rest: ConfigSources = {}): string {
  try {
    load(yaml, rest);
  } catch (error) {
    expect(error).toMatchObject({ name: "UserError", code: "configuration" });
    return (error as Error).message.replaceAll(`${cwd}/`, "");
  }
  return expect.unreachable("it was accepted");
}

describe("values", () => {
  test("have defaults that suit a first try in a folder", () => {
    const config = load(undefined);
    expect(config.source).toMatchObject({
      directory: join(cwd, "policies"),
      interval: 60_000,
      url: undefined,
    });
    expect(config.store).toMatchObject({ directory: join(cwd, ".reeve"), keyFile: join(cwd, ".reeve/key") });
    expect(config.admin).toMatchObject({
      listen: { host: "127.0.0.1", port: 8081 },
      socket: join(cwd, ".reeve/reeve.sock"),
    });
    expect(config.persons).toEqual([]);
    expect(config.device.bodyLimit).toBe(10 * 1024 * 1024);
    expect(config.reconcile.observeFirst).toBe(true);
  });

  test("of flags win over the environment, which wins over the file", () => {
    const yaml = "source: {url: https://git.example/file.git, branch: file, interval: 5m}\n";
    const env = {
      REEVE_SOURCE__BRANCH: "env",
      REEVE_SOURCE__INTERVAL: "90s",
      REEVE_LONG: "1",
      OTHER__X: "y",
    };
    const { source } = load(yaml, { env, flags: { "source.interval": "15m" } });
    expect(source).toMatchObject({ url: "https://git.example/file.git", branch: "env", interval: 900_000 });
    expect(source.directory).toBeUndefined();
  });

  test("that are paths are relative to the file, or to the working directory", () => {
    writeFileSync(join(cwd, "elsewhere.yaml"), "store: {directory: data}\n");
    const config = loadConfig({
      cwd: "/",
      file: join(cwd, "elsewhere.yaml"),
      env: { REEVE_SOURCE__DIRECTORY: "p" },
    });
    expect(config.store.directory).toBe(join(cwd, "data"));
    expect(config.store.keyFile).toBe(join(cwd, "data/key"));
    expect(config.source.directory).toBe("/p");
  });

  test("of every shape are read", () => {
    const yaml = `
device:
  listen: "[::1]:9443"
  publicUrl: https://mdm.example/
  trustedProxies: [10.0.0.0/8, "fd00::/8"]
  certificateHeader: x-client-cert
  bodyLimit: 512KiB
reconcile:
  membershipLoss: 12.5%
  removalBudget: {devices: 20, percent: 1%}
persons:
  - name: lea
    role: approver
    emails: [lea.roth@acme.example]
    tokens: [{hash: ${"A".repeat(64)}}, {hash: ${"b".repeat(64)}}]
  - {name: guest}
`;
    const { device, reconcile, admin, persons } = load(yaml, { env: { REEVE_ADMIN__LISTEN: ":81" } });
    expect(device).toMatchObject({
      listen: { host: "::1", port: 9443 },
      publicUrl: "https://mdm.example",
      trustedProxies: ["10.0.0.0/8", "fd00::/8"],
      bodyLimit: 524_288,
    });
    expect(reconcile).toMatchObject({ membershipLoss: 0.125, removalBudget: { devices: 20, percent: 0.01 } });
    expect(persons).toEqual([
      {
        name: "lea",
        role: "approver",
        emails: ["lea.roth@acme.example"],
        tokens: ["a".repeat(64), "b".repeat(64)],
        keys: [],
        platform: false,
      },
      { name: "guest", role: "viewer", emails: [], tokens: [], keys: [], platform: false },
    ]);
    expect(admin.listen).toEqual({ host: "::", port: 81 });
  });

  test("cannot be changed afterwards", () => {
    const config = load(undefined) as { source: { branch?: string } };
    expect(() => {
      config.source.branch = "other";
    }).toThrow(TypeError);
  });
});

describe("mistakes", () => {
  test("are all named at once, with their place and what was meant", () => {
    const yaml = `source:
  ulr: https://git.example/p.git
  interval: 5
device:
  bodyLimit: big
log: {level: inof}
`;
    const env = { REEVE_SOURCE__BRNCH: "main", REEVE_STORE__SNAPSHOT_EVERY: "soon" };
    expect(complaint(yaml, { env, flags: { "admin.soket": "x" } }).split("\n")).toEqual([
      'reeve.yaml:2:3: unknown setting "source.ulr". Did you mean "source.url"?',
      'REEVE_SOURCE__BRNCH: unknown setting "source.brnch". Did you mean "REEVE_SOURCE__BRANCH"?',
      '--set admin.soket: unknown setting "admin.soket". Did you mean "admin.socket"?',
      "reeve.yaml:3:3: source.interval: expected a duration such as 90s, 15m, 4h or 7d",
      "REEVE_STORE__SNAPSHOT_EVERY: store.snapshotEvery: expected a duration such as 90s, 15m, 4h or 7d",
      "reeve.yaml:5:3: device.bodyLimit: expected a size such as 512KiB or 10MiB",
      'reeve.yaml:6:7: log.level: expected debug, info, warn or error. Did you mean "info"?',
    ]);
  });

  test.each([
    ["source: [1]\n", 'unknown setting "source"'],
    ["- a\n", "expected settings"],
    ["source: {url: a, url: b}\n", "reeve.yaml:1:18: this is no YAML that can be read (DUPLICATE_KEY)"],
    ["a: &x {b: 1}\nc: *x\n", "reeve.yaml:2:1: c: aliases are not allowed"],
    ["source: {url: {https: //a.example}}\n", "reeve.yaml:1:10: source.url: expected a text; quote"],
    ["source: {branch: 1.20}\n", "expected a text"],
    ["source: {url: https://bot:canary@git.example/p.git}\n", "source.passwordFile"],
    ["source: {url: https://a.example, directory: x}\n", "one of them"],
    ["source: {url: https://a.example, branch: x, tag: y}\n", "one of them"],
    ["device: {tls: {certFile: x}}\n", "belong together"],
    ["device: {certificateHeader: x-client-cert}\n", "needs device.trustedProxies"],
    ["device: {listen: 8443}\n", "such as 127.0.0.1:8443"],
    ["device: {listen: 'a:99999'}\n", "such as 127.0.0.1:8443"],
    ["device: {publicUrl: 'ftp://x'}\n", "expected a URL"],
    ["device: {trustedProxies: [proxy.example]}\n", "is not a network"],
    ["reconcile: {membershipLoss: 120%}\n", "expected a percentage"],
    ["source: {interval: 1s}\n", "at least 5s"],
    [
      `persons:\n  - {name: a, role: admin, tokens: [{hash: ${"a".repeat(64)}}]}\n`,
      "reeve.yaml:2:15: persons[0].role: expected viewer",
    ],
    [`persons: [{name: a, tokens: [{hash: ${"a".repeat(64)}}]}]\n`, "persons[0].role: expected viewer"],
    ["persons: [{name: a, role: viewer, tokens: [{}]}]\n", "persons[0].tokens[0]: expected file or hash"],
    ["persons: [{name: a, role: viewer, tokens: [{file: none}]}]\n", "none cannot be read: ENOENT"],
    ["persons: [{name: a, role: viewer, tokns: []}]\n", 'Did you mean "tokens"'],
    [
      "persons:\n  - {name: a}\n  - name: b\n    emails:\n      - b@x.example\n      - b\n",
      "reeve.yaml:6:9: persons[1].emails[1]: expected an e-mail",
    ],
    ["notifications: {receivers: [{name: a, on: [held]}]}\n", "receivers[0]: expected one of email, webhook"],
    [
      "notifications: {receivers: [{name: a, slack: x}]}\n",
      "receivers[0].slack: expected an address that begins",
    ],
    [
      'notifications: {receivers: [{name: a, webhook: "http://x.example"}]}\n',
      "receivers[0].webhook: expected",
    ],
    ["notifications: {receivers: [{name: a, email: [x]}]}\n", "receivers[0].email[0]: expected an e-mail"],
    ["notifications: {receivers: [{name: a, email: x@y.example, on: [hold]}]}\n", 'Did you mean "held"'],
    ["notifications: {receivers: [{name: a, slackFile: none}]}\n", "none cannot be read: ENOENT"],
    [
      "notifications: {receivers: [{name: a, email: x@y.example}, {name: a, email: z@y.example}]}\n",
      "receivers[1].name: another receiver has this name",
    ],
    ["persons: [{name: a}, {name: A}]\n", "persons[1].name: a has the same name"],
    [
      "persons: [{name: a, emails: [a@x.example]}, {name: b, emails: [b@x.example, A@X.example]}]\n",
      "persons[1].emails[1]: a has the same address",
    ],
    [
      "persons: [{name: a@x.example}, {name: b, emails: [a@x.example]}]\n",
      "a@x.example has the same address",
    ],
    [
      `persons: [{name: a, role: viewer, tokens: [{hash: ${"a".repeat(64)}}, {hash: ${"A".repeat(64)}}]}]\n`,
      "persons[0].tokens[1]: a has the same token",
    ],
    ["store: {databaseUrlFile: none}\n", "none cannot be read: ENOENT"],
  ])("%j is refused", (yaml, words) => {
    const said = complaint(yaml);
    expect(said).toContain(words);
    expect(said).not.toContain("canary");
  });

  test("a leader that would lose its place between two looks is refused", () => {
    expect(complaint("reconcile: {lease: 10s}")).toContain("reconcile.lease: expected at least three times");
    expect(load("reconcile: {lease: 10s, tick: 3s}").reconcile.lease).toBe(10_000);
  });

  test("a file that was asked for must be there", () => {
    expect(() => loadConfig({ cwd, env: {}, file: "none.yaml" })).toThrow("cannot be read: ENOENT");
    expect(() => loadConfig({ cwd, env: { REEVE_CONFIG: "none.yaml" } })).toThrow("cannot be read");
  });
});

describe("secrets", () => {
  const canary = "canary-4711";

  test("come from files, the environment or the configuration, and never from a flag", () => {
    writeFileSync(join(cwd, "url"), `postgres://${canary}\n`);
    const byFile = load(undefined, { env: { REEVE_STORE__DATABASE_URL_FILE: "url" } });
    expect(byFile.store.databaseUrl?.reveal()).toBe(`postgres://${canary}`);
    expect(load(undefined, { env: { DATABASE_URL: canary } }).store.databaseUrl?.reveal()).toBe(canary);
    expect(load("store: {databaseUrlFile: url}\n").store.databaseUrl?.reveal()).toContain(canary);
    const flags = { "store.databaseUrl": canary };
    expect(complaint(undefined, { flags })).toBe(
      "--set store.databaseUrl: a secret cannot be a flag. Use store.databaseUrlFile",
    );
    expect(load(undefined, { flags: { "store.databaseUrlFile": "url" } }).store.databaseUrl).toBeDefined();
  });

  test.each([
    ["|canary", "reeve.yaml:2:14: this is no YAML that can be read (UNEXPECTED_TOKEN): quote"],
    [">canary", "reeve.yaml:2:14: this is no YAML that can be read (UNEXPECTED_TOKEN): quote"],
    ["!a!canary x", "reeve.yaml:2:13: this is no YAML that can be read (TAG_RESOLVE_FAILED): quote"],
    ["&canary", "reeve.yaml:2:3: source.password: anchors are not allowed: quote"],
    ["&canary x", "reeve.yaml:2:3: source.password: anchors are not allowed: quote"],
    ["*canary", "reeve.yaml:2:3: source.password: aliases are not allowed: quote"],
    ["!canary x", "reeve.yaml:2:3: source.password: tags are not allowed: quote"],
    ["!canary", "reeve.yaml:2:3: source.password: tags are not allowed: quote"],
    ["{canary}", "reeve.yaml:2:3: source.password: expected a text; quote"],
    ["{canary: &x y}", "reeve.yaml:2:14: source.password: anchors are not allowed: quote"],
    ["[canary]", "reeve.yaml:2:13: source.password: expected a text; quote"],
  ])(
    "that are written as YAML reads something else, %s, are refused without a word of them",
    (raw, words) => {
      const said = complaint(`source:\n  password: ${raw}\n  url: https://git.example/p.git\n`);
      expect(said).toContain(words);
      expect(said).not.toContain("canary");
    },
  );

  test("within a list are named as well", () => {
    expect(
      complaint(
        "notifications:\n  receivers:\n    - name: a\n      on: [held]\n      slack: &canary https://x\n",
      ),
    ).toMatch(/^reeve.yaml:5:7: notifications.receivers: anchors are not allowed/);
    expect(complaint("android:\n  serviceAccount: {private_key: canary}\n")).toBe(
      "reeve.yaml:2:3: android.serviceAccount: expected a JSON object in quotes",
    );
  });

  test("are shown by nothing but reveal", () => {
    const token = "t".repeat(30);
    writeFileSync(join(cwd, "token"), `${token}\n`);
    const yaml = `
source: {url: "https://git.example/p.git", password: ${canary}}
store: {databaseUrl: "postgres://x:${canary}@db/reeve"}
persons: [{name: ci, role: planner, tokens: [{file: token}]}]
`;
    const config = load(yaml);
    const shown = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      `${config.source.password}`,
      String(Object.entries(config.source.password ?? {})),
      JSON.stringify({ ...config.source.password }),
      describeConfig(config)
        .map(({ name, value }) => `${name}=${value}`)
        .join("\n"),
    ].join("\n");
    expect(shown).not.toContain(canary);
    expect(secretsOf(config)).toHaveLength(2);
    expect(shown).not.toContain(token);
    expect(shown).toContain("store.databaseUrl=[secret]");
    expect(shown).toContain("persons=ci (planner, 1 token)");
    expect(shown).toContain("device.listen=127.0.0.1:8443");
  });

  test("survive structured use without losing their cover", () => {
    const secret = secretOf(canary);
    expect([`${secret}`, String(secret), JSON.stringify([secret]), inspect(secret)].join()).not.toContain(
      canary,
    );
    expect(secret.reveal()).toBe(canary);
  });
});

test("docs/configuration.md lists every setting as it is", () => {
  const file = join(import.meta.dirname, "../docs/configuration.md");
  expect(readFileSync(file, "utf8")).toContain(settingsTables());
});
