import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunningChild, startChild } from "./child-process.ts";
import { eventually } from "./eventually.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const demo = join(root, "controller", "demo.ts");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reeve-start-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("npm start runs the demo", async () => {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  expect(scripts.start).toBe("node controller/demo.ts");
});

test("--once -o json: thirty devices are accounted for, and standard output is the summary alone", {
  timeout: 180_000,
}, async () => {
  const child = startChild(demo, ["--once", "-o", "json", "--directory", join(folder, "once")], {
    cwd: root,
  });
  const { code } = await child.finished;
  expect(code, child.stderr()).toBe(0);
  const summary = JSON.parse(child.stdout());
  expect(Object.keys(summary)).toEqual(["formatVersion", "revision", "devices", "commands", "durationMs"]);
  const { ready, held, ...rest } = summary.devices;
  expect(rest).toEqual({ total: 30, stalled: 0, pending: 0, unreachable: 0 });
  expect(ready + held).toBe(30);
  expect(held).toBe(1);
  expect(summary.commands.InstallProfile.executed).toBeGreaterThan(30);
  expect(summary.commands.DeclarativeManagement.executed).toBeGreaterThanOrEqual(26);
  // Each Android device was given a policy of its own choice of items.
  expect(summary.commands["devices.patch"].executed).toBeGreaterThanOrEqual(4);
  expect(summary.durationMs).toBeGreaterThan(0);
  expect(child.stderr()).not.toContain("violation");
});

test("a saved change is planned and converges, and a removed app comes back", {
  timeout: 180_000,
}, async () => {
  const policies = join(folder, "policies");
  await cp(join(root, "policies"), policies, { recursive: true });
  const child = startChild(demo, ["--policies", policies, "--directory", join(folder, "watch")], {
    cwd: root,
  });
  try {
    await said(child, "stderr", /Watching .*: save a change there/, 120_000);
    // Both platforms in one table, the rows of Apple's by its systems.
    const rows = [
      ["iOS", 10],
      ["iPadOS", 8],
      ["macOS", 6],
      ["tvOS", 2],
      ["Android", 4],
    ] as const;
    for (const [platform, total] of rows)
      expect(child.stdout()).toMatch(new RegExp(`^${platform} +${total} `, "m"));
    // A starter that is refused in part would show its first administrator a warning. Whether a device was there in
    // time is another matter: a slow machine may enroll one after its act was filed.
    const { refused } = await asked(join(folder, "watch", "reeve.sock"), "/v1/holds");
    expect(JSON.stringify(refused ?? [])).not.toContain("by what they report of themselves");
    const file = join(policies, "profiles", "passcode.yaml");
    const before = await readFile(file, "utf8");
    const after = before.replace(/minLength: \d+/, "minLength: 11");
    expect(after).not.toBe(before);
    await writeFile(file, after);

    await said(child, "stdout", /~ update +Profile\/passcode +minLength \d+ -> 11 +18 devices/);
    await said(child, "stdout", /~ update +Profile\/passcode +passwordMinimumLength \d+ -> 11 +4 devices/);
    const [, took] = await said(child, "stderr", /Converged in ([\d.]+) s: \d+ of 30 ready\./, 60_000);
    expect(Number(took)).toBeLessThan(30);
    await said(child, "stderr", /The user of IPHONE-02 removed com\.tinyspeck\.chatlyio\./, 60_000);
    await said(child, "stderr", /It is back after [\d.]+ s\./, 60_000);
  } finally {
    child.kill("SIGTERM");
  }
  expect(await child.finished).toEqual({ code: 0, signal: null });
});

async function asked(socketPath: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const request = get({ socketPath, path, headers: { connection: "close" } });
  const [reply] = (await once(request, "response")) as [IncomingMessage];
  expect(reply.statusCode).toBe(200);
  return (await json(reply)) as Readonly<Record<string, unknown>>;
}

function said(
  child: RunningChild,
  stream: "stdout" | "stderr",
  expected: RegExp,
  limitMs = 30_000,
): Promise<RegExpExecArray> {
  return eventually(`${stream} says ${expected}`, () => expected.exec(child[stream]()) ?? undefined, {
    limitMs,
    state: () => ({ stdout: child.stdout(), stderr: child.stderr() }),
  });
}
