import type { PushGateway } from "./apns.ts";
import type { EnrollResult } from "./enroll.ts";
import { type Fleet, type FleetOptions, fleet, type ProfileSource } from "./fleet.ts";
import { socketTransport } from "./transport.ts";
import { realWorld } from "./world.ts";

export type StartOptions = Omit<FleetOptions, "transport" | "world" | "push"> & {
  readonly profile: ProfileSource;
  /** Where the devices register for pushes, usually a `fakeApns`. */
  readonly push: PushGateway;
  /** PEM of the authorities for TLS. */
  readonly ca?: string | readonly string[];
  readonly clientCertificate?: "mtls";
  readonly concurrency?: number;
};

export type RunningFleet = Fleet & {
  readonly results: ReadonlyMap<string, EnrollResult>;
  /** Stops all devices and closes their connections. */
  close(): void;
};

/** Enrolls a fleet over real sockets and in real time; afterwards it lives by its pushes until it is closed. */
export async function startFleet(options: StartOptions): Promise<RunningFleet> {
  const transport = socketTransport({
    ...(options.ca !== undefined ? { ca: options.ca } : {}),
    ...(options.clientCertificate !== undefined ? { clientCertificate: options.clientCertificate } : {}),
  });
  const made = fleet({ ...options, transport, world: realWorld() });
  const results = await made.enrollAll(options.profile, { concurrency: options.concurrency ?? 8 });
  return {
    ...made,
    results,
    close() {
      made.stop();
      transport.close();
    },
  };
}
