import { wholeRevision } from "../../core/diagnostic.ts";
import type { Origin } from "../../core/origin.ts";
import type { RevisionEntryView } from "../../loop/views.ts";
import { shortRevision } from "./digest.ts";
import { type GridRow, grid } from "./grid.ts";
import { type Look, type Paint, paint } from "./look.ts";
import { verifiedMark } from "./revision.ts";
import { stamp } from "./stamp.ts";
import { clean, count, counted, wrap } from "./text.ts";
import { ago } from "./time.ts";

const columns = [
  { title: "REVISION", min: 7 },
  { title: "STATUS" },
  { title: "SEEN" },
  { title: "AUTHOR", min: 10 },
  { title: "MESSAGE", min: 20 },
] as const;

const paints: Readonly<Record<RevisionEntryView["status"], Paint>> = {
  "in-force": "green",
  superseded: "dim",
  refused: "red",
};

/** Revisions that the daemon has seen: what each changed; a refused one with the first thing that is wrong. */
export function renderHistory(revisions: readonly RevisionEntryView[], look: Look): string {
  if (revisions.length === 0) return "No revision was seen yet.\n";
  const rows = revisions.flatMap((one): readonly GridRow[] => {
    const row: GridRow = [
      shortRevision(one.revision),
      { text: one.status.replace("-", " "), paint: paints[one.status] ?? "dim" },
      ago(one.at, look.now),
      `${one.author}${verifiedMark(one)}`,
      one.message.split("\n")[0] ?? "",
    ];
    const first = one.diagnostics[0];
    if (one.status !== "refused" || first === undefined) {
      const changes = summaryOf(one);
      return changes === "" ? [row] : [row, { indent: 9, note: changes }];
    }
    const { origin, message, rule } = first;
    const more = one.diagnostics.length > 1 ? `, and ${one.diagnostics.length - 1} more` : "";
    return [row, { indent: 9, note: `${placeOf(origin)}${message} [${rule}]${more}` }];
  });
  return `${grid(columns, rows, look).join("\n")}\n\n${wrap(unverified, look.width).join("\n")}\n`;
}

const unverified = "Not verified here: reeve events verify says whether the history is as it was written.";

const signs = [
  ["+", "added"],
  ["~", "changed"],
  ["-", "removed"],
] as const;

const mostNamed = 3;

/** `+ Profile/wifi in Policy/baseline, ~ DeviceGroup/ipads and 4 more; devices told otherwise 18 times`. */
function summaryOf({ changes }: RevisionEntryView): string {
  if (changes === undefined) return "";
  const all = signs.flatMap(([sign, kind]) => changes[kind].map((name) => `${sign} ${lineName(name)}`));
  if (all.length === 0) return "says the same as the one before";
  const more = all.length > mostNamed ? ` and ${count(all.length - mostNamed)} more` : "";
  return `${all.slice(0, mostNamed).join(", ")}${more}; ${toldText(changes.told)}`;
}

function lineName(name: string): string {
  const [policy, item] = name.split(" ");
  return item === undefined ? name : `${item} in ${policy}`;
}

function toldText(told: number): string {
  return told === 0 ? "no device was told otherwise" : `devices were told otherwise ${counted(told, "time")}`;
}

/** One revision with everything that it changed, or everything that is wrong with it. */
export function renderRevision(one: RevisionEntryView, look: Look): string {
  const { changes, diagnostics, status } = one;
  const lines = [
    `${clean(one.revision)}  ${status.replace("-", " ")}`,
    `${clean(one.author)}${verifiedMark(one)}, ${stamp(one.at)}`,
    ...one.message.split("\n").map((line) => `    ${clean(line)}`),
    "",
  ];
  for (const { origin, message, rule } of diagnostics)
    lines.push(`${clean(placeOf(origin))}${clean(message)} [${rule}]`);
  if (changes !== undefined) {
    for (const [sign, kind] of signs)
      lines.push(
        ...changes[kind].map((name) => paint(look, colors[kind], `  ${sign} ${clean(lineName(name))}`)),
      );
    lines.push("", `Since then ${toldText(changes.told)}.`);
  } else if (status !== "refused") lines.push("What it changed was not kept.");
  return `${lines.join("\n")}\n`;
}

const colors = { added: "green", changed: "yellow", removed: "red" } as const;

/** Nothing for what is wrong with a revision as a whole. */
function placeOf({ file, line, column }: Origin): string {
  return file === wholeRevision.file ? "" : `${file}:${line}:${column} `;
}
