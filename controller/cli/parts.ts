import type { Config, ConfigSources } from "../config.ts";

/** What only main.ts knows how to make, loaded when a verb needs it. */
export interface Parts {
  readonly loadConfig: (sources: ConfigSources) => Promise<Config>;
  /** Serves until it is told to stop. */
  readonly runDaemon: (config: Config) => Promise<void>;
}
