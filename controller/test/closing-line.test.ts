import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const config = join(import.meta.dirname, "..", "..", "vitest.config.ts");
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reeve-closing-"));
  mkdirSync(join(folder, "controller"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A run of its own, configured as this one. */
function runTests(text: string) {
  writeFileSync(join(folder, "controller", "some.test.ts"), text);
  const args = ["run", "--globals", "--root", folder, "--config", config];
  const { PATH } = process.env;
  const ran = spawnSync(process.execPath, [vitest, ...args], { encoding: "utf8", env: { PATH } });
  return { code: ran.status, last: ran.stdout.trimEnd().split("\n").at(-1) };
}

test("a run ends with its counts, and with an exit code that says whether all is well", () => {
  const passes = 'test("one", () => {});';
  const fails = 'test("two", () => { throw new Error("on purpose"); });';
  expect(runTests(passes)).toEqual({ code: 0, last: "1 passed, 0 failed" });
  expect(runTests(passes + fails)).toEqual({ code: 1, last: "1 passed, 1 failed" });
  expect(runTests('throw new Error("on purpose");')).toEqual({ code: 1, last: "0 passed, 1 failed" });
  expect(runTests(`${passes} afterAll(() => { throw new Error("on purpose"); });`)).toEqual({
    code: 1,
    last: "1 passed, 1 failed",
  });
});
