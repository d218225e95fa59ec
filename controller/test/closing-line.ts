import type { Reporter, TestModule } from "vitest/node";

/** The last words of a run: `N passed, N failed`, counted over tests; what failed outside of a test counts as failed. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length };
    for (const module of modules) {
      const tests = [...module.children.allTests()].map((test) => test.result().state);
      counts.passed += tests.filter((state) => state === "passed").length;
      counts.failed += tests.filter((state) => state === "failed").length;
      // A file that cannot be loaded, or a hook that throws, fails without any of its tests failing.
      if (module.state() === "failed" && !tests.includes("failed")) counts.failed++;
    }
    const line = `${counts.passed} passed, ${counts.failed} failed\n`;
    // Written when the process ends: after vitest's own summary, whatever is still buffered there.
    process.once("exit", () => process.stdout.write(line));
  }
}
