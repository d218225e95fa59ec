import type { Google } from "../android/google.ts";
import type { Config, ConfigSources } from "../config.ts";
import type { Finding, Patient } from "./doctor.ts";
import type { Inject } from "./transport.ts";

/** What only main.ts knows how to make, loaded when a verb needs it. */
export interface Parts {
  readonly loadConfig: (sources: ConfigSources) => Promise<Config>;
  /** The admin API over the embedded store while no daemon holds it; undefined when there is no such store. */
  readonly openOffline: (
    config: Config,
  ) => Promise<{ inject: Inject; close: () => Promise<void> } | undefined>;
  /** Looks at what a new operator gets wrong. */
  readonly examine: (patient: Patient) => Promise<readonly Finding[]>;
  /** Calls to Google, as configured. */
  readonly google: (config: Config) => Promise<Google>;
  /** Serves until it is told to stop. */
  readonly runDaemon: (config: Config) => Promise<void>;
}
