import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Stalled } from "../errors.ts";
import { runCommandLine } from "./program.ts";
import { runReeve } from "./test-daemon.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

test("help and version are no failures and start nothing", async () => {
  const help = await runReeve(["--help"]);
  const version = await runReeve(["--version"]);

  expect(help).toMatchObject({ code: 0, err: "" });
  for (const verb of "status plan explain events holds history devices operations approve suspend resume halt unhalt reconcile enroll validate run config snapshot restore db".split(
    " ",
  ))
    expect(help.out).toMatch(new RegExp(`^  ${verb}\\b`, "m"));
  expect(version).toEqual({ code: 0, out: "0.1.0\n", err: "" });
});

test("no verb at all prints the help and could not run", async () => {
  expect(await runReeve([])).toMatchObject({ code: 3 });
});

test.each([
  [["devces"], "unknown command 'devces'\n(Did you mean devices?)"],
  [
    ["plan", "--detailed-exitcod"],
    "unknown option '--detailed-exitcod'\n(Did you mean --detailed-exitcode?)",
  ],
  [["plan", "-o", "jsn"], 'Expected text, json or markdown. Did you mean "json"?'],
  [["status", "-o", "markdown"], "Expected text or json."],
  [["devices", "--condition", "Raedy"], 'Did you mean "Ready"?'],
  [["devices", "--limit", "0"], "Expected a whole number from 1."],
  [["devices", "--tag", "site"], "Expected KEY=VALUE."],
  [["devices", "shw"], "too many arguments"],
  [["resume", "grup", "x"], 'Did you mean "group"?'],
  [["suspend", "observe", "--reason", "x"], "Expected all, device, group or removals."],
  [["suspend", "all"], "required option '--reason <text>' not specified"],
  [["explain"], "missing required argument 'device'"],
  [["enroll", "apple", "--expires", "tomorrow"], "Expected a duration such as 4h or 7d."],
  [["enroll", "appel"], "unknown command 'appel'\n(Did you mean apple?)"],
  [
    ["status", "--set", "store.directroy=/x"],
    'unknown setting "store.directroy". Did you mean "store.directory"?',
  ],
])("%j could not run, and says what was expected", async (argv, message) => {
  const { code, out, err } = await runReeve(argv);

  expect(code).toBe(3);
  expect(out).toBe("");
  expect(err).toContain(message);
  expect(err).not.toContain("    at ");
});

test("nothing that runs is told with the way to start it", async () => {
  const { code, err } = await runReeve(["status", "--set", `store.directory=${folder}/none`]);

  expect(code).toBe(3);
  expect(err).toBe(
    `error: no reeve daemon answers at ${folder}/none/reeve.sock [not-running]\nStart one with "reeve run", or name another with --server.\n`,
  );
});

test("a bug keeps its stack, what is stalled keeps its words", async () => {
  const err: string[] = [];
  const io = {
    out: () => {},
    err: (text: string) => void err.push(text),
    env: {},
    cwd: folder,
    now: () => 0,
    wait: async () => false,
    columns: undefined,
    color: false,
    ask: undefined,
  };
  const run = (error: Error) =>
    runCommandLine(["run"], io, {
      version: "0",
      loadConfig: () => Promise.reject(error),
      openOffline: async () => undefined,
      examine: async () => [],
      google: async () => Promise.reject(new Error("Google is not asked")),
      runDaemon: () => Promise.resolve(),
    });

  expect(await run(new TypeError("x is not a function", { cause: new Error("inner") }))).toBe(3);
  expect(err.join("")).toMatch(
    /this is a bug of reeve\nTypeError: x is not a function\n {4}at .*caused by: Error: inner/s,
  );
  err.length = 0;
  expect(await run(new Stalled("wrong-schema", "the schema is newer"))).toBe(3);
  expect(err.join("")).toBe("error: the schema is newer [wrong-schema]\n");
});

test("run starts the daemon with the configuration of file, environment and flags", async () => {
  await writeFile(join(folder, "mine.yaml"), "store:\n  directory: from-file\n");

  const file = await runReeve(["run", "--config", "mine.yaml"], { cwd: folder });
  const variable = await runReeve(["run", "--config", "mine.yaml"], {
    cwd: folder,
    env: { REEVE_STORE__DIRECTORY: "/from-env" },
  });
  const flag = await runReeve(["run", "--set", "store.directory=/from-flag"], { cwd: folder });

  expect([file.out, variable.out, flag.out]).toEqual([
    `running on ${folder}/from-file\n`,
    "running on /from-env\n",
    "running on /from-flag\n",
  ]);
});

test("config shows what is in effect and no secret", async () => {
  const env = { REEVE_SOURCE__URL: "https://git.acme.example/p", REEVE_SOURCE__PASSWORD: "hunter2" };

  const text = await runReeve(["config"], { cwd: folder, env });
  const json = await runReeve(["config", "-o", "json"], { cwd: folder, env });

  expect(text.out).toMatch(/^source\.password +\[secret\]$/m);
  expect(JSON.parse(json.out)).toMatchObject({
    formatVersion: 1,
    settings: { "source.url": "https://git.acme.example/p", "source.password": "[secret]" },
  });
  expect(text.out + json.out).not.toContain("hunter2");
});

test("validate gives its findings and its exit code", async () => {
  const good = await runReeve(["validate", "examples", "policies"].slice(0, 1).concat("policies"));
  await writeFile(
    join(folder, "broken.yaml"),
    "apiVersion: reeve/v1\nkind: Polcy\nmetadata: {name: x}\nspec: {}\n",
  );
  const bad = await runReeve(["validate", folder, "-o", "json"]);

  expect(good).toMatchObject({ code: 0, err: "" });
  expect(good.out).toContain(" 0 errors, ");
  expect(bad.code).toBe(1);
  expect(bad.out).toContain("Polcy");
  expect(await runReeve(["validate", join(folder, "none")])).toMatchObject({ code: 3, out: "" });
});

test("db setup prints statements and connects to nothing", async () => {
  const { code, out } = await runReeve(["db", "setup", "--database", 'fle"et']);

  expect(code).toBe(0);
  expect(out).toContain('grant connect, create on database "fle""et" to reeve_owner;');
  expect(await runReeve(["db", "migrate"], { cwd: folder })).toMatchObject({ code: 3 });
});
