import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type RawReply, rawReply } from "./admin-plane.ts";
import type { RequestEntry } from "./request.ts";

/**
 * What Prometheus is told. Labels are words from short lists (platform, plane, verb, outcome, condition):
 * never a device, a serial, a person, a profile or a revision, of which there is no end.
 */
export interface Metrics {
  readonly request: (entry: RequestEntry) => void;
  readonly revision: (result: "in-force" | "refused") => void;
  readonly reconcile: (part: string, result: "success" | "error", seconds: number) => void;
  readonly push: (platform: string, outcome: string) => void;
  readonly quarantine: (reason: string) => void;
  /** Devices of a platform in a condition, such as `Ready`; set whole at each tick. */
  readonly devices: (counts: readonly DeviceCount[]) => void;
  /** Sizes and times read at each scrape: `due`, `held`, `oldest-due-seconds`. */
  readonly depth: (queue: string, value: number) => void;
  /** Whether the breaker is engaged. */
  readonly breaker: (engaged: boolean) => void;
  /** When the push certificate ends, epoch ms; undefined without one. */
  readonly pushCertificate: (notAfter: number | undefined) => void;
  /** Devices on the lists of Apple's portals, by how they stand; set whole at each tick. */
  readonly portals: (counts: readonly PortalCount[]) => void;
  /** Devices that should have reported a section by now; set whole at each tick. */
  readonly overdue: (counts: Readonly<Record<string, number>>) => void;
  /** Changes that reach their devices in waves, by how they stand; set whole at each tick. */
  readonly rollouts: (counts: Readonly<Record<string, number>>) => void;
  readonly scrape: () => Promise<RawReply>;
}

export interface PortalCount {
  readonly state: string;
  readonly count: number;
}

export interface DeviceCount {
  readonly platform: string;
  readonly condition: string;
  readonly count: number;
}

/** A registry of its own, so that two daemons in one process do not mix. `version` stands in `reeve_build_info`. */
export function createMetrics(version: string): Metrics {
  const register = new Registry();
  const registers = [register];
  collectDefaultMetrics({ register, prefix: "reeve_" });
  new Gauge({
    name: "reeve_build_info",
    help: "The running version.",
    labelNames: ["version"],
    registers,
  }).set({ version }, 1);

  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `reeve_${name}`, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name: `reeve_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: L[], buckets: number[]) =>
    new Histogram({ name: `reeve_${name}`, help, labelNames, buckets, registers });

  const requests = counter("http_requests_total", "Requests by route and status.", [
    "plane",
    "route",
    "status",
  ]);
  const requestTime = histogram(
    "http_request_duration_seconds",
    "Time to answer.",
    ["plane", "route"],
    quick,
  );
  const revisions = counter("revisions_total", "Revisions compiled.", ["result"]);
  const passes = counter("reconcile_total", "Passes of the loop by part and result.", ["part", "result"]);
  const failures = counter("reconcile_errors_total", "Passes that failed.", ["part"]);
  const passTime = histogram("reconcile_duration_seconds", "Time of a pass.", ["part"], quick);
  const pushes = counter("pushes_total", "Push notifications by outcome.", ["platform", "outcome"]);
  const quarantined = counter("quarantined_total", "Messages kept because they cannot be read.", ["reason"]);
  const devices = gauge("devices", "Devices by condition.", ["platform", "condition"]);
  const pushEnds = gauge(
    "push_certificate_expiry_timestamp_seconds",
    "When the push certificate ends; 0 without one.",
    [],
  );
  const listed = gauge("portal_devices", "Devices on the lists of Apple's portals, by how they stand.", [
    "state",
  ]);
  const late = gauge("inventory_overdue", "Devices whose section is older than maxAge allows.", ["section"]);
  const broken = gauge("breaker_engaged", "1 while the breaker stops all acts.", []);
  const rolling = gauge("rollouts", "Changes that reach their devices in waves, by how they stand.", [
    "status",
  ]);
  const depths = gauge("depth", "What waits.", ["queue"]);

  // A series that appears with its first error cannot be alerted on.
  for (const result of ["in-force", "refused"]) revisions.inc({ result }, 0);

  return {
    request({ plane, route, status, durationMs }) {
      requests.inc({ plane, route, status: `${Math.floor(status / 100)}xx` });
      requestTime.observe({ plane, route }, durationMs / 1_000);
    },
    revision: (result) => revisions.inc({ result }),
    reconcile(part, result, seconds) {
      passes.inc({ part, result });
      failures.inc({ part }, result === "error" ? 1 : 0);
      passTime.observe({ part }, seconds);
    },
    push: (platform, outcome) => pushes.inc({ platform, outcome: word(outcome) }),
    quarantine: (reason) => quarantined.inc({ reason: word(reason) }),
    devices(counts) {
      devices.reset();
      for (const { platform, condition, count } of counts) devices.inc({ platform, condition }, count);
    },
    breaker: (engaged) => broken.set(engaged ? 1 : 0),
    depth: (queue, value) => depths.set({ queue }, value),
    pushCertificate: (notAfter) => pushEnds.set((notAfter ?? 0) / 1_000),
    portals(counts) {
      listed.reset();
      for (const { state, count } of counts) listed.inc({ state }, count);
    },
    overdue(counts) {
      late.reset();
      for (const [section, count] of Object.entries(counts)) late.set({ section }, count);
    },
    rollouts(counts) {
      for (const status of ["progressing", "paused", "aborted"]) rolling.set({ status }, counts[status] ?? 0);
    },
    scrape: async () => rawReply(register.contentType, await register.metrics()),
  };
}

const quick = [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 30];

/** A label that does not look like one of our words becomes `other`: no outsider may grow the number of series. */
function word(text: string): string {
  return /^[A-Za-z][A-Za-z-]{0,39}$/.test(text) ? text : "other";
}
