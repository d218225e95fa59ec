import type { Counts } from "../../loop/views.ts";
import { countColumns, countRow } from "./counts.ts";
import { grid } from "./grid.ts";
import type { Look } from "./look.ts";
import { platformName } from "./platform.ts";
import { clean, clip, count, counted } from "./text.ts";

/** How a run to the settled state ended. */
export interface Summary {
  readonly revision: string;
  readonly platforms: readonly (Counts & { readonly platform: string })[];
  /** What waits for a person: `wipe IPAD-07 waits for approval (intended; reeve holds)`. */
  readonly held: readonly string[];
  /** Commands by type and status. */
  readonly commands: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly durationMs: number;
}

/** The summary as JSON, whose shape docs/cli.md describes. */
export function summaryJson(summary: Summary) {
  const total = sum(summary.platforms);
  return {
    formatVersion: 1,
    revision: summary.revision,
    devices: {
      total: total.total,
      ready: total.ready,
      held: total.held,
      stalled: total.stalled,
      pending: total.reconciling,
      unreachable: total.unreachable,
    },
    commands: summary.commands,
    durationMs: summary.durationMs,
  };
}

/** The table at the end of `npm start -- --once`. */
export function renderSummary(summary: Summary, look: Look): string {
  const total = sum(summary.platforms);
  const silent = total.unreachable > 0;
  const titles = ["total", "ready", "held", "stalled", "pending", ...(silent ? ["unreachable"] : [])];
  const rows = summary.platforms.map((one) =>
    countRow(platformName(one.platform), [
      one.total,
      one.ready,
      one.held,
      one.stalled,
      one.reconciling,
      ...(silent ? [one.unreachable] : []),
    ]),
  );
  return `${[...grid(countColumns(titles), rows, look), verdict(total, summary), ...held(summary, look), ...sent(summary)].join("\n")}\n`;
}

function verdict(total: Counts, { durationMs }: Summary): string {
  const settled = total.reconciling + total.unreachable === 0;
  const parts = [
    counted(total.total, "device"),
    `${count(total.ready)} as declared and verified by themselves`,
    ...some(total.held, "held"),
    ...some(total.stalled, "stalled"),
    ...some(total.reconciling, "pending"),
    ...some(total.unreachable, "unreachable"),
  ];
  return `${settled ? "Settled in" : "Not settled after"} ${(durationMs / 1_000).toFixed(1)} s: ${parts.join(", ")}.`;
}

function some(number: number, word: string): readonly string[] {
  return number === 0 ? [] : [`${count(number)} ${word}`];
}

function held(summary: Summary, look: Look): readonly string[] {
  const shown = summary.held.slice(0, 10).map((line) => clip(clean(line), look.width - 9));
  if (summary.held.length > 10) shown.push(`and ${count(summary.held.length - 10)} more: reeve holds`);
  return shown.map((line, index) => `${index === 0 ? "Held" : "    "}     ${line}`);
}

function sent({ commands }: Summary): readonly string[] {
  const byStatus = new Map<string, number>();
  for (const counts of Object.values(commands))
    for (const [status, number] of Object.entries(counts))
      byStatus.set(status, (byStatus.get(status) ?? 0) + number);
  const all = [...byStatus.values()].reduce((left, right) => left + right, 0);
  const executed = byStatus.get("executed") ?? 0;
  const others = [...byStatus]
    .filter(([status, number]) => status !== "executed" && number > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([status, number]) => `, ${count(number)} ${clean(status)}`);
  return [`Sent     ${counted(all, "command")}: ${count(executed)} executed${others.join("")}`];
}

function sum(platforms: readonly Counts[]): Counts {
  const add = (key: keyof Counts): number => platforms.reduce((total, one) => total + one[key], 0);
  return {
    total: add("total"),
    ready: add("ready"),
    reconciling: add("reconciling"),
    stalled: add("stalled"),
    held: add("held"),
    unreachable: add("unreachable"),
  };
}
