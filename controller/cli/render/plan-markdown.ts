import type { PlanView } from "../../loop/views.ts";
import { renderHold } from "./acts.ts";
import { shortDigest } from "./digest.ts";
import type { Look } from "./look.ts";
import { destructiveTitle, type PlanOptions, planHeading, planSummary } from "./plan.ts";
import { diagnosticLines } from "./plan-diagnostics.ts";
import { enrollmentLines } from "./plan-enrollments.ts";
import { planLines } from "./plan-lines.ts";
import { planRolloutLines } from "./rollouts.ts";
import { wrap } from "./text.ts";

/** GitHub takes 65,536 characters in a comment; other forges take more, and their wrappers add some. */
const limit = 60_000;
/** Of these at most so many for what destroys: it is never left out, only its list of devices is bounded. */
const destructiveLimit = 30_000;

const openLines = 40;

/** By this line a comment is found again and updated in place. */
export const planMarker = "<!-- reeve:plan -->";

/**
 * A plan as the comment on a pull request: bounded, found again by its marker, long lists folded, what destroys last
 * and never folded. All text of devices and manifests stands in code blocks, where nothing of it is interpreted.
 */
export function renderPlanMarkdown(view: PlanView, now: number, options: PlanOptions): string {
  const look = { now, width: 100, color: false };
  const lines = planLines(view, look, Number.POSITIVE_INFINITY).map(diffLine);
  const findings = diagnosticLines(view.diagnostics, look, 10);
  const portal = enrollmentLines(view, 100).slice(0, openLines);
  const rollouts = planRolloutLines(view.rollouts, 100).slice(0, openLines);
  const destructive = destructiveBlock(view, look, options);
  const before = [
    planMarker,
    `### reeve plan`,
    block("", [...wrap(planHeading(view, now, options), 100), "", ...wrap(planSummary(view), 100)]),
    ...(findings.length === 0 ? [] : [block("", findings)]),
    ...(lines.length === 0 ? [] : [block("diff", lines.slice(0, openLines))]),
    ...(portal.length === 0 ? [] : [block("", portal)]),
    ...(rollouts.length === 0 ? [] : [block("", rollouts)]),
  ];
  const after = [nextSteps(view, options), ...destructive].join("\n\n");
  const room = limit - before.join("\n\n").length - after.length;
  return `${[...before, ...folded(lines.slice(openLines), room), after].join("\n\n")}\n`;
}

/** A forge's diff colours know `+`, `-` and `!`; they must stand in the first column. */
function diffLine(line: string): string {
  const match = /^ {2}([+~\-=x?]) (.*)$/.exec(line);
  if (match === null) return line.replace(/^ {2}/, "");
  const [, sign = "", rest = ""] = match;
  return `${sign === "~" ? "!" : /[+-]/.test(sign) ? sign : " "} ${rest}`;
}

function folded(lines: readonly string[], room: number): readonly string[] {
  if (lines.length === 0) return [];
  const kept: string[] = [];
  let left = room - 500;
  for (const line of lines) {
    left -= line.length + 1;
    if (left < 0) break;
    kept.push(line);
  }
  const cut = lines.length - kept.length;
  const note = cut === 0 ? "" : `\n\n${cut} more lines do not fit here: \`reeve plan --all\` shows them.`;
  if (kept.length === 0) return [note.trim()];
  const summary = `<details><summary>${kept.length} more lines</summary>`;
  return [`${summary}\n\n${block("diff", kept)}\n\n</details>${note}`];
}

function nextSteps(view: PlanView, options: PlanOptions): string {
  const look = options.source === "working tree" ? "reeve plan DIR" : "reeve plan";
  const steps = [`${look} --all`, "reeve explain DEVICE"];
  for (const hold of view.destructive.slice(0, 10))
    if (hold.status === "held" && hold.digest !== "")
      steps.push(`reeve approve ${shortDigest(hold.digest)}    # after merge`);
  if (view.destructive.some((hold) => hold.digest === "")) steps.push("reeve holds    # after merge");
  return `Next:\n\n${block("", steps)}`;
}

function destructiveBlock(view: PlanView, look: Look, options: PlanOptions): readonly string[] {
  if (view.destructive.length === 0) return [];
  const share = Math.floor(destructiveLimit / view.destructive.length / 110);
  const when = options.source === "working tree" ? "after merge: " : "";
  const holds = view.destructive.map((hold) =>
    renderHold(hold, look, { devices: Math.max(0, Math.min(50, share - 5)), when }),
  );
  const kept = bounded(holds);
  const lines = kept
    .flatMap((one, index) => (index === 0 ? one : ["", ...one]))
    .map((line) => line.replace(/^ {2}!/, "- !"));
  const missing = holds.length - kept.length;
  const more = missing === 0 ? [] : ["", `and ${missing} more acts, each held: reeve plan --all`];
  return [`**${destructiveTitle(view)}**`, block("diff", [...lines, ...more])];
}

function bounded(holds: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const kept: (readonly string[])[] = [];
  let left = destructiveLimit;
  for (const lines of holds) {
    left -= lines.join("\n").length + 2;
    if (left < 0) break;
    kept.push(lines);
  }
  return kept;
}

/** A fenced block that no content can end: no run of three backticks is left in it. */
function block(language: string, lines: readonly string[]): string {
  return `\`\`\`${language}\n${lines.join("\n").replaceAll("```", "'''")}\n\`\`\``;
}
