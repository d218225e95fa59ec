#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { processIo } from "./cli/io.ts";
import { runCommandLine } from "./cli/program.ts";

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8")) as {
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
  runDaemon: async (config) => {
    const { runDaemon } = await import("./daemon/run.ts");
    await runDaemon(config, { version: manifest.version });
  },
});
