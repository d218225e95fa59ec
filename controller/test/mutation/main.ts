/** Tries the mutants of one file of the guards, and prints what came of it as JSON. */

import { guardFiles } from "./guard-files.ts";
import { explained } from "./survivors.ts";
import { tryMutants } from "./trials.ts";

const wanted = process.argv[2];
const guard = guardFiles.find(({ file }) => file === wanted);
if (guard === undefined) throw new Error(`${wanted} is not one of the files of the guards`);
const trial = await tryMutants(guard.file, guard.tests, explained(guard.file));
// Tests that fail are what is wanted: vitest calls that a failure of this process.
process.stdout.write(`${JSON.stringify(trial)}\n`, () => process.exit(0));
