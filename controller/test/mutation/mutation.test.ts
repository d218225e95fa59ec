import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { guardFiles } from "./guard-files.ts";
import { definitionOf } from "./sql-definitions.ts";
import { sqlGuards } from "./sql-guards.ts";
import { explained, survivors } from "./survivors.ts";
import type { Trial } from "./trials.ts";

const long = process.env.REEVE_LONG === "1";
const root = join(import.meta.dirname, "../../..");

async function trialOf(file: string): Promise<Trial> {
  // A process of its own: it starts tests as this one does. Property tests go on for as long as in the suite.
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME };
  const main = join(import.meta.dirname, "main.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [main, file], { cwd: root, env });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

test("the files of the guards and their tests are there, and no survivor is explained of another file", () => {
  const missing = guardFiles
    .flatMap(({ file, tests }) => [file, ...tests])
    .filter((one) => !existsSync(join(root, one)));
  expect(missing).toEqual([]);
  for (const name of Object.keys(sqlGuards)) definitionOf(name);
  const files = [...guardFiles.map(({ file }) => file), ...Object.keys(sqlGuards)];
  expect(Object.keys(survivors).filter((file) => !files.includes(file))).toEqual([]);
});

// An hour for all of them: `npm run test:long`.
if (long)
  test.each([...guardFiles.map(({ file }) => file), ...Object.keys(sqlGuards)])(
    "a guard with one mistake in it fails a test: %s",
    async (file) => {
      const { mutants, survivors: left } = await trialOf(file);
      const known = explained(file);
      console.log(`${file}: ${mutants} mutants, ${mutants - left.length} killed, ${left.length} survive`);
      expect({
        unexplained: left.filter((name) => !known.has(name)),
        explainedAndKilled: [...known].filter((name) => !left.includes(name)),
      }).toEqual({ unexplained: [], explainedAndKilled: [] });
    },
    // The last gate alone takes seven minutes on a machine that has nothing else to do.
    3_600_000,
  );
