import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./controller/test/closing-line.ts";

// Workers, and the processes that tests start, compile what they load once.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL("node_modules/.cache/reeve/compiled", import.meta.url),
);

const long = process.env.REEVE_LONG === "1";
const onStores = ["controller/{store,loop,test/journeys}/**/*.test.ts"];
/** They change what belongs to their process, count what it does, or start others. */
const alone = [
  "controller/{git,bench,test/processes,test/mutation}/**/*.test.ts",
  "controller/{slices,main}.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: [fileURLToPath(new URL("controller/test/global-setup.ts", import.meta.url))],
    // They end what hangs and judge no speed: a busy machine is no failure.
    testTimeout: long ? 600_000 : 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default", new ClosingLine()],
    projects: [
      // Files of a worker share its modules, and so its embedded database and its thread of revisions: half the time.
      { extends: true, test: { name: "stores", include: onStores, isolate: false } },
      // Loading what they test is half of what most parts cost: files of a worker share that too.
      {
        extends: true,
        test: {
          name: "parts",
          include: ["controller/**/*.test.ts"],
          exclude: [...onStores, ...alone],
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
