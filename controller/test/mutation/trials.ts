import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createVitest, type Vitest } from "vitest/node";
import { type Mutant, mutantsOf, switchable } from "./mutants.ts";
import { definitionOf } from "./sql-definitions.ts";
import { sqlMutantsOf } from "./sql-mutants.ts";

/** What the mutants of one file come to. */
export interface Trial {
  readonly file: string;
  readonly mutants: number;
  /** By their names. */
  readonly survivors: readonly string[];
}

const root = resolve(import.meta.dirname, "../../..");

/**
 * Runs tests on a file with each of its mutants in turn: who fails none survives. All are tried at first in files that
 * are loaded once. Of who is left, those in what is worked out while a file is loaded, and those that are not
 * `expected`, are tried again, each in files that are loaded for it. Throws when a test fails without a mutant.
 */
export async function tryMutants(
  file: string,
  tests: readonly string[],
  expected: ReadonlySet<string>,
): Promise<Trial> {
  const path = resolve(root, file);
  const code = readFileSync(path, "utf8");
  const mutants = mutantsOf(code);
  const text = switchable(code, mutants);
  const load = (id: string): string | undefined => (id === path ? text : undefined);
  const { left } = await leftBySwitching(tests, load, { REEVE_MUTANTS: String(mutants.length) });
  const of = (index: number): Mutant => mutants[index] as Mutant;
  const again = left.filter((index) => of(index).atLoad || !expected.has(of(index).name));
  const killed = new Set(again).difference(new Set(await leftByLoading(path, text, again, tests)));
  const survivors = left.filter((index) => !killed.has(index)).map((index) => of(index).name);
  return { file, mutants: mutants.length, survivors };
}

/** The same of a guard of the database, by what its contracts say of it on PGlite. */
export async function trySqlMutants(name: string): Promise<Trial> {
  const mutants = sqlMutantsOf(definitionOf(name));
  const about = { REEVE_GUARD: name };
  const { count, left } = await leftBySwitching(
    ["controller/test/mutation/sql-trial.ts"],
    () => undefined,
    about,
  );
  return { file: name, mutants: count, survivors: left.map((index) => String(mutants[index]?.name)) };
}

interface Switched {
  readonly count: number;
  readonly left: readonly number[];
}

async function leftBySwitching(
  tests: readonly string[],
  load: Load,
  about: Readonly<Record<string, string>>,
): Promise<Switched> {
  const folder = mkdtempSync(join(tmpdir(), "reeve-mutants-"));
  const found = join(folder, "left.json");
  const vitest = await openVitest(tests, load, {
    runner: join(import.meta.dirname, "switching-runner.ts"),
    env: { ...about, REEVE_LEFT: found },
  });
  try {
    await requirePassing(vitest, tests);
    return JSON.parse(readFileSync(found, "utf8"));
  } finally {
    await vitest.close();
    rmSync(folder, { recursive: true });
  }
}

async function leftByLoading(
  path: string,
  text: string,
  mutants: readonly number[],
  tests: readonly string[],
): Promise<readonly number[]> {
  if (mutants.length === 0) return [];
  let current: number | undefined;
  const load = (id: string): string | undefined =>
    id === path ? `globalThis.reeveIsOn = (index) => index === ${current};${text}` : undefined;
  const vitest = await openVitest(tests, load, { bail: 1 });
  try {
    await requirePassing(vitest, tests);
    const left: number[] = [];
    for (const index of mutants) {
      current = index;
      vitest.invalidateFile(path);
      if ((await faultsIn(vitest)).length === 0) left.push(index);
    }
    return left;
  } finally {
    await vitest.close();
  }
}

type Load = (id: string) => string | undefined;

function openVitest(tests: readonly string[], load: Load, more: object): Promise<Vitest> {
  const plugins = [{ name: "mutants", enforce: "pre" as const, load }];
  return createVitest(
    {
      root,
      config: false,
      watch: false,
      include: [...tests],
      pool: "threads",
      maxWorkers: 1,
      isolate: false,
      // It knows files by their content on the disk.
      fsModuleCache: false,
      reporters: [],
      testTimeout: 20_000,
      globalSetup: [join(root, "controller/test/global-setup.ts")],
      ...more,
    },
    { plugins, server: { watch: null } },
  );
}

async function requirePassing(vitest: Vitest, tests: readonly string[]): Promise<void> {
  const faults = await faultsIn(vitest);
  if (faults.length > 0) throw new Error(`fails without a mutant: ${tests.join(", ")}: ${faults[0]}`);
}

/** What went wrong in a run of the tests; nothing when all passed. */
async function faultsIn(vitest: Vitest): Promise<readonly string[]> {
  const specifications = await vitest.globTestSpecifications();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications, true);
  if (testModules.length === 0) return ["there is no such test"];
  const failed = testModules.filter((module) => !module.ok());
  const errors = failed.flatMap((module) => [
    ...module.errors(),
    ...[...module.children.allTests("failed")].flatMap((test) => test.result().errors ?? []),
  ]);
  return [
    ...[...unhandledErrors, ...errors].map((one) => JSON.stringify(one).slice(0, 500)),
    ...failed.map(({ moduleId }) => moduleId),
  ];
}
