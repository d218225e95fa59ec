import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const main = join(import.meta.dirname, "main.ts");

test("the program runs as a process of its own and ends with the exit code of its verb", async () => {
  const { stdout } = await run(process.execPath, [main, "--version"]);
  const failed = await run(process.execPath, [main, "pln"]).catch((error: unknown) => error);

  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(failed).toMatchObject({ code: 3, stderr: "error: unknown command 'pln'\n(Did you mean plan?)\n" });
});

test("what is compiled is kept beside the program, not where others may write", async () => {
  const { PATH } = process.env;
  const env = { PATH, NODE_DEBUG_NATIVE: "COMPILE_CACHE" };
  const { stderr } = await run(process.execPath, [main, "--version"], { env });

  const folder = join(import.meta.dirname, "..", "node_modules", ".cache", "reeve", "compiled");
  expect(/resolved path (\S+)/.exec(stderr)?.[1]).toBe(folder);
});

test("a reader that goes away early is no failure", async () => {
  const { stdout } = await run("sh", ["-c", '"$0" "$1" config | head -n 1', process.execPath, main]);

  expect(stdout).toMatch(/^source\.url/);
});
