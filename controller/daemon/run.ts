import { flushCompileCache } from "node:module";
import type { Config } from "../config.ts";
import type { DaemonOptions } from "./options.ts";
import { startDaemon } from "./start.ts";

/** Runs until SIGTERM or SIGINT; a second signal ends at once. */
export async function runDaemon(config: Config, options: DaemonOptions): Promise<void> {
  const daemon = await startDaemon(config, options);
  // Now, for the next start: a process that is killed writes nothing at its end.
  flushCompileCache();
  await new Promise<void>((resolve) => {
    const end = (): void => {
      process.on("SIGTERM", () => process.exit(1));
      process.on("SIGINT", () => process.exit(1));
      resolve();
    };
    process.once("SIGTERM", end);
    process.once("SIGINT", end);
  });
  await daemon.stop();
}
