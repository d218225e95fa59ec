import type { Action } from "../../core/plan.ts";
import type { HoldView } from "../../loop/hold-view.ts";
import type { PlanView } from "../../loop/views.ts";
import { renderHold } from "./acts.ts";
import { shortRevision } from "./digest.ts";
import { type Look, paint } from "./look.ts";
import { countFindings, diagnosticLines, hasErrors } from "./plan-diagnostics.ts";
import { enrollmentLines } from "./plan-enrollments.ts";
import { amount, mergeEntries, planLines } from "./plan-lines.ts";
import { planRolloutLines } from "./rollouts.ts";
import { clean, count, counted, wrap } from "./text.ts";
import { ago } from "./time.ts";

export interface PlanOptions {
  /** What was planned: a folder's files, or what is in force. */
  readonly source: "working tree" | "revision";
  /** Every line, however many. */
  readonly all?: boolean;
}

/** A plan as `reeve plan` prints it. What destroys stands last and is never shortened to a number alone. */
export function renderPlan(view: PlanView, look: Look, options: PlanOptions): string {
  const limit = options.all === true ? Number.POSITIVE_INFINITY : 25;
  const blocks = [
    wrap(planHeading(view, look.now, options), look.width),
    diagnosticLines(view.diagnostics, look, limit),
    planLines(view, look, limit),
    enrollmentLines(view, look.width),
    planRolloutLines(view.rollouts, look.width),
    wrap(planSummary(view), look.width).map((line) => paint(look, "bold", line)),
    destructiveLines(view, look, options),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** `4f1c2ab (working tree) against 9d03e11 (in force); 20,114 devices, newest report 4 s ago`. */
export function planHeading(view: PlanView, now: number, options: PlanOptions): string {
  const planned = clean(shortRevision(view.planned.revision));
  const base = view.inForce && clean(shortRevision(view.inForce.revision));
  const what = options.source === "working tree" ? `${planned} (working tree)` : planned;
  const against =
    base === undefined
      ? `${what}; nothing in force yet`
      : options.source === "revision" && base === planned
        ? `${what} (in force)`
        : `${what} against ${base} (in force)`;
  const newest =
    view.newestReportAt === undefined ? "no report yet" : `newest report ${ago(view.newestReportAt, now)}`;
  return `${against}; ${amount({ devices: view.devices, users: view.users?.total ?? 0 })}, ${newest}`;
}

const verbs: readonly (readonly [Action, string])[] = [
  ["install", "to install"],
  ["update", "to update"],
  ["adopt", "to adopt"],
  ["remove", "to remove"],
  ["act", "to do once"],
  ["cancel", "to cancel"],
  ["over", "over"],
  ["hold", "held"],
  ["watch", "to report"],
  ["conflict", "in conflict"],
  ["unsupported", "not supported"],
];

/** `Plan: 1 to install, 1 to update on 18,829 devices; 1,285 unchanged.` */
export function planSummary(view: PlanView): string {
  if (hasErrors(view.diagnostics)) {
    return `Nothing was planned: ${countFindings(view.diagnostics)}. This cannot come into force.`;
  }
  const entries = mergeEntries(view.entries);
  const parts = verbs
    .map(([action, words]) => [entries.filter((entry) => entry.action === action).length, words] as const)
    .filter(([number]) => number > 0)
    .map(([number, words]) => `${count(number)} ${words}`);
  const { total = 0, changed = 0 } = view.users ?? {};
  if (parts.length === 0) return `No changes: ${amount({ devices: view.devices, users: total })} as planned.`;
  const on = amount({ devices: view.changed, users: changed });
  const left =
    total === 0 ? count(view.unchanged) : amount({ devices: view.unchanged, users: total - changed });
  return `Plan: ${parts.join(", ")} on ${on}; ${left} unchanged.`;
}

const pending: ReadonlySet<string> = new Set(["held", "ready", "would be held"]);

/** True when applying the plan would do or ask anything. */
export function hasChanges(view: PlanView): boolean {
  const doing = view.entries.some((entry) =>
    ["install", "update", "remove", "act", "cancel"].includes(entry.action),
  );
  const portal = view.enrollments?.some((one) => one.what !== "left") === true;
  return doing || portal || view.destructive.some((hold) => pending.has(hold.status));
}

/** How many devices acts would hit, each device counted once; of acts that do not list all of theirs each by itself. */
export function devicesHit(holds: readonly HoldView[]): number {
  const listed = holds.filter((hold) => hold.count === undefined);
  const others = holds.reduce((sum, hold) => sum + (hold.count?.devices ?? 0), 0);
  return new Set(listed.flatMap((hold) => hold.devices.map((device) => device.device))).size + others;
}

/** `DESTRUCTIVE: 1 device. Nothing is sent before approval.` */
export function destructiveTitle(view: PlanView): string {
  return `DESTRUCTIVE: ${counted(devicesHit(view.destructive), "device")}. Nothing is sent before approval.`;
}

function destructiveLines(view: PlanView, look: Look, options: PlanOptions): readonly string[] {
  if (view.destructive.length === 0) return [];
  const devices = options.all === true ? Number.POSITIVE_INFINITY : 50;
  const when = options.source === "working tree" ? "after merge: " : "";
  const blocks = view.destructive.map((hold) => renderHold(hold, look, { devices, when }));
  return [
    paint(look, ["bold", "red"], destructiveTitle(view)),
    ...blocks.flatMap((lines, index) => (index === 0 ? lines : ["", ...lines])),
  ];
}
