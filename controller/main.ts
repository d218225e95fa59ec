#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
// Kept beside the program: whoever may write there may change the program too. Where nobody may, starting takes longer.
enableCompileCache(join(root, "node_modules", ".cache", "reeve", "compiled"));
const { processIo } = await import("./cli/io.ts");
const { runCommandLine } = await import("./cli/program.ts");

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly version: string;
};

process.exitCode = await runCommandLine(process.argv.slice(2), processIo(), {
  version: manifest.version,
  loadConfig: async (sources) => (await import("./config.ts")).loadConfig(sources),
  openOffline: async (config) => {
    const { openOffline } = await import("./daemon/offline.ts");
    return openOffline(config, manifest.version);
  },
  examine: async (patient) => (await import("./daemon/doctor/examine.ts")).examine(patient),
  google: async (config) => (await import("./daemon/android.ts")).configuredGoogle(config),
  runDaemon: async (config) => {
    const { runDaemon } = await import("./daemon/run.ts");
    await runDaemon(config, { version: manifest.version });
  },
});
