/**
 * Everything that can be logged: each event with its level and its fields. A field is a number, a flag, an id, a
 * code or a short text; there is no field for an object, a body, a header or a manifest, so none can be logged.
 */
export const logEvents = {
  "daemon.starting": { level: "info", fields: { version: "code", node: "code", configuration: "text" } },
  "daemon.listening": { level: "info", fields: { plane: "code", url: "text" } },
  "daemon.ready": { level: "info", fields: { durationMs: "number", store: "code", gate: "code" } },
  "daemon.stopping": { level: "info", fields: { reason: "code" } },
  "daemon.stopped": { level: "info", fields: { durationMs: "number" } },
  "daemon.failed": { level: "error", fields: { part: "code" } },

  "http.request": {
    level: "debug",
    fields: {
      plane: "code",
      request: "id",
      method: "code",
      route: "id",
      status: "number",
      durationMs: "number",
      bytes: "number",
      address: "id",
    },
  },
  "http.refused": {
    level: "info",
    fields: { plane: "code", request: "id", route: "id", status: "number", address: "id", reason: "text" },
  },
  "http.failed": { level: "error", fields: { plane: "code", request: "id", route: "id", status: "number" } },

  "source.polled": { level: "debug", fields: { revision: "id", durationMs: "number" } },
  "source.changed": {
    level: "info",
    fields: { revision: "id", author: "text", message: "text", rewritten: "flag", files: "number" },
  },
  "source.failed": { level: "warn", fields: { source: "text" } },
  "revision.in-force": {
    level: "info",
    fields: { revision: "id", manifests: "number", durationMs: "number" },
  },
  "revision.refused": {
    level: "error",
    fields: { revision: "id", errors: "number", warnings: "number", first: "text", inForce: "id" },
  },

  "loop.ticked": {
    level: "debug",
    fields: { part: "code", durationMs: "number", due: "number", admitted: "number", pushed: "number" },
  },
  "loop.failed": { level: "error", fields: { part: "code", device: "id", retryMs: "number" } },
  "removals.frozen": { level: "warn", fields: { reason: "text", revision: "id", devices: "number" } },

  "device.enrolled": {
    level: "info",
    fields: { device: "id", platform: "code", epoch: "number", group: "text" },
  },
  "device.left": { level: "info", fields: { device: "id", epoch: "number", reason: "code" } },
  "device.refused": { level: "warn", fields: { device: "id", reason: "text" } },
  "device.quarantined": { level: "warn", fields: { device: "id", reason: "text", bytes: "number" } },
  "command.sent": {
    level: "debug",
    fields: { device: "id", command: "id", type: "code", subject: "text", attempt: "number" },
  },
  "command.closed": {
    level: "debug",
    fields: {
      device: "id",
      command: "id",
      type: "code",
      subject: "text",
      status: "code",
      errorCode: "number",
    },
  },

  "push.failed": { level: "warn", fields: { device: "id", reason: "text", status: "number" } },
  "push.refused": { level: "error", fields: { reason: "text", status: "number" } },

  "hold.placed": { level: "warn", fields: { digest: "id", subject: "text", devices: "number" } },
  "hold.approved": { level: "warn", fields: { digest: "id", subject: "text", by: "text" } },
  "gate.refused": { level: "error", fields: { subject: "text", device: "id", reason: "text" } },
  "suspend.changed": {
    level: "warn",
    fields: { suspended: "flag", scope: "text", by: "text", reason: "text" },
  },

  /** The newest seal of the history, `N:HASH`: what `reeve events verify --head` takes from a log kept elsewhere. */
  "history.sealed": { level: "info", fields: { head: "text" } },

  "store.opened": { level: "info", fields: { kind: "code", durationMs: "number", gate: "code" } },
  "store.migrated": { level: "info", fields: { from: "number", to: "number", durationMs: "number" } },
  "store.saved": { level: "debug", fields: { bytes: "number", durationMs: "number" } },
  "store.failed": { level: "error", fields: { part: "code", retryMs: "number" } },

  /** What a library wrote to the console. */
  "console.line": { level: "warn", fields: { text: "text" } },
  /** A line that would have shown a secret, and was not written. */
  "log.withheld": { level: "error", fields: { of: "code", why: "code" } },
} as const satisfies Readonly<Record<string, EventShape>>;

export type Level = "debug" | "info" | "warn" | "error";
export type FieldKind = "number" | "flag" | "id" | "code" | "text";

interface EventShape {
  readonly level: Level;
  readonly fields: Readonly<Record<string, FieldKind>>;
}

export type EventName = keyof typeof logEvents;

type ValueOf<K> = K extends "number" ? number : K extends "flag" ? boolean : string;

/** The fields of an event; each may be left out. */
export type FieldsOf<N extends EventName> = {
  readonly [K in keyof (typeof logEvents)[N]["fields"]]?:
    | ValueOf<(typeof logEvents)[N]["fields"][K]>
    | undefined;
};
