import { writeFileSync } from "node:fs";
import { TestRunner } from "vitest";
import { switches } from "./switches.ts";

/**
 * Runs each test twice as it is, and then once for each mutant that it reaches and no test has killed yet: loading the
 * files costs more than running tests of the core. A test that fails when it is repeated kills nobody.
 */
// biome-ignore lint/style/noDefaultExport: vitest takes a runner by it
export default class SwitchingRunner extends TestRunner {
  async runTask(test: Parameters<TestRunner["onAfterTryTask"]>[0]): Promise<void> {
    const run = TestRunner.getTestFn(test);
    switches.on = undefined;
    switches.reached.clear();
    Object.assign(globalThis, { reeveTurns: 0 });
    await run();
    const reached = new Set(switches.reached);
    if (await fails(run)) return;
    for (const index of reached.intersection(switches.left)) {
      switches.on = index;
      if (await fails(run)) switches.left.delete(index);
    }
    switches.on = undefined;
    writeFileSync(
      String(process.env.REEVE_LEFT),
      JSON.stringify({ count: switches.count, left: [...switches.left] }),
    );
  }
}

async function fails(run: () => unknown): Promise<boolean> {
  Object.assign(globalThis, { reeveTurns: 0 });
  try {
    await run();
    return false;
  } catch {
    return true;
  }
}
