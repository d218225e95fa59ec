/** Tries the mutants of one file of the guards, or of one guard of the database, and prints what came of it as JSON. */

import { guardFiles } from "./guard-files.ts";
import { explained } from "./survivors.ts";
import { type Trial, tryMutants, trySqlMutants } from "./trials.ts";

const trial = await trialOf(String(process.argv[2]));
// Tests that fail are what is wanted: vitest calls that a failure of this process.
process.stdout.write(`${JSON.stringify(trial)}\n`, () => process.exit(0));

function trialOf(wanted: string): Promise<Trial> {
  if (!wanted.includes("/")) return trySqlMutants(wanted);
  const guard = guardFiles.find(({ file }) => file === wanted);
  if (guard === undefined) throw new Error(`${wanted} is not one of the files of the guards`);
  return tryMutants(guard.file, guard.tests, explained(guard.file));
}
