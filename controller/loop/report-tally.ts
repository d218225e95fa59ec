import type { Verdict } from "../core/evidence.ts";
import type { ReportCounts, ReportDevice } from "./report-views.ts";

type Tally = { -readonly [Key in keyof ReportCounts]: ReportCounts[Key] };

const columns: Readonly<Record<Verdict, "compliant" | "exempt" | "notCompliant" | "pending" | "stale">> = {
  compliant: "compliant",
  exempt: "exempt",
  "not-compliant": "notCompliant",
  pending: "pending",
  stale: "stale",
};

/** Counts devices as they come: all of them, by group, and by platform. */
export function tallyReport() {
  const total = emptyTally("");
  const groups = new Map<string, Tally>();
  const platforms = new Map<string, Tally>();
  return {
    note(device: ReportDevice): void {
      count(total, device);
      for (const name of device.groups) count(named(groups, name), device);
      count(named(platforms, device.platform ?? "unknown"), device);
    },
    counts: () => ({ total, groups: sorted(groups), platforms: sorted(platforms) }),
  };
}

function count(tally: Tally, { verdict, condition }: ReportDevice): void {
  tally.total += 1;
  tally[columns[verdict]] += 1;
  const column = condition.type.toLowerCase();
  if (isStanding(column)) tally[column] += 1;
}

const standings = ["ready", "reconciling", "stalled", "held", "unreachable"] as const;

function isStanding(column: string): column is (typeof standings)[number] {
  return (standings as readonly string[]).includes(column);
}

function named(tallies: Map<string, Tally>, name: string): Tally {
  const known = tallies.get(name) ?? emptyTally(name);
  tallies.set(name, known);
  return known;
}

function sorted(tallies: ReadonlyMap<string, Tally>): readonly ReportCounts[] {
  return [...tallies.values()].sort((a, b) => (a.group < b.group ? -1 : 1));
}

function emptyTally(group: string): Tally {
  const verdicts = { compliant: 0, exempt: 0, notCompliant: 0, pending: 0, stale: 0 };
  return { group, total: 0, ...verdicts, ready: 0, reconciling: 0, stalled: 0, held: 0, unreachable: 0 };
}
