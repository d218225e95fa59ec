import { describe, UserError } from "../errors.ts";

/** What goes wrong in the daemon itself, part by part, until that part works again. Times are epoch ms. */
export interface Troubles {
  readonly failed: (part: string, error: unknown) => void;
  readonly worked: (part: string) => void;
  /** What is wrong now, for people. */
  readonly warnings: () => readonly { readonly message: string; readonly hint: string }[];
}

/** No trouble so far. */
export function createTroubles(clock: () => number): Troubles {
  const open = new Map<string, { readonly since: number; times: number; last: string; hint: string }>();
  return {
    failed(part, error) {
      const known = open.get(part) ?? { since: clock(), times: 0, last: "", hint: "" };
      known.times++;
      known.last = describe(error);
      known.hint =
        (error instanceof UserError ? error.hint : undefined) ?? "the daemon's log has each failure";
      open.set(part, known);
    },
    worked: (part) => void open.delete(part),
    warnings: () =>
      [...open].map(([part, { since, times, last, hint }]) => ({
        message: `${names[part] ?? part} fails since ${minutesOf(clock() - since)} (${times} times): ${last}`,
        hint,
      })),
  };
}

/** What the parts of the loop do, for somebody who does not know them. */
const names: Readonly<Record<string, string>> = {
  tick: "deciding what devices are given",
  push: "waking devices",
  poll: "taking up a revision",
  android: "keeping Android devices as declared",
  "android-events": "hearing of Android devices",
  apns: "Apple's push service",
  licences: "assigning licences",
  flush: "noting when devices were seen",
  measure: "counting for /metrics",
  maintain: "tidying the embedded store",
  portals: "reading Apple's lists of devices",
  prune: "deleting what is older than its retention",
  snapshot: "writing the snapshot",
  source: "watching the source",
};

function minutesOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 1 ? "less than a minute" : `${minutes} min`;
}
