import { type Diagnostic, wholeRevision } from "../../core/diagnostic.ts";
import { keepsActs } from "../../loop/latches.ts";
import type { Counts, StatusView } from "../../loop/views.ts";
import { countColumns, countRow } from "./counts.ts";
import { shortRevision } from "./digest.ts";
import { grid } from "./grid.ts";
import { latchHint } from "./latches.ts";
import { type Look, paint } from "./look.ts";
import { platformName } from "./platform.ts";
import { describeRevision } from "./revision.ts";
import { rolloutHint, rolloutSentence } from "./rollouts.ts";
import { clean, clip, count, counted, pad, wrap } from "./text.ts";
import { ago, timespan } from "./time.ts";
import { widthOf } from "./width.ts";

/** How the fleet stands, as `reeve status` prints it. */
export function renderStatus(view: StatusView, look: Look): string {
  const blocks = [heading(view, look), fleet(view, look), remarks(view, look)];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading(view: StatusView, look: Look): readonly string[] {
  const name = clip(clean(view.organization), 30) || "reeve";
  const indent = " ".repeat(widthOf(name) + 3);
  const inForce =
    view.inForce === undefined
      ? "nothing in force yet"
      : `in force ${describeRevision(view.inForce, look.now)}`;
  const lines = [`${paint(look, "bold", name)}   ${clip(inForce, look.width - indent.length)}`];
  const also = [...breaker(view, look), ...refusal(view, look), ...sourceError(view, look)];
  for (const line of also) {
    const [first = "", ...more] = wrap(line, look.width - indent.length, "  ");
    lines.push(indent + paint(look, "red", first), ...more.map((one) => indent + one));
  }
  return lines;
}

/** First of all: nothing destructive leaves, and somebody has to find out why. */
function breaker({ latches }: StatusView, look: Look): readonly string[] {
  const one = latches.find((latch) => latch.name === "breaker");
  if (one === undefined) return [];
  return [
    `BREAKER  ${clean(one.reason)}, ${ago(one.since, look.now)}; no act leaves: ${latchHint(one.name)}`,
  ];
}

function refusal({ refused, inForce }: StatusView, look: Look): readonly string[] {
  if (refused === undefined) return [];
  const first = refused.diagnostics.find((one) => one.severity === "error") ?? refused.diagnostics[0];
  const where = first && refusedFor(first);
  const more = refused.diagnostics.length > 1 ? ` and ${count(refused.diagnostics.length - 1)} more` : "";
  const stays = inForce === undefined ? "" : `; ${clean(shortRevision(inForce.revision))} stays in force`;
  const revision = clean(shortRevision(refused.revision));
  return [
    `REFUSED  ${revision} ${where ?? clean(refused.message)}${more}, ${ago(refused.at, look.now)}${stays}`,
  ];
}

/** The place of a mistake; of a revision that is wrong as a whole what is wrong with it. */
function refusedFor({ origin, rule, message }: Diagnostic): string {
  if (origin.file === wholeRevision.file) return `${clip(clean(message), 200)} [${clean(rule)}]`;
  return `${clean(origin.file)}:${origin.line}:${origin.column} ${clean(rule)}`;
}

function sourceError({ source }: StatusView, look: Look): readonly string[] {
  if (source.error === undefined) return [];
  const last = source.lastPollAt === undefined ? "" : ` (last read ${ago(source.lastPollAt, look.now)})`;
  return [`SOURCE   ${clean(source.description)}: ${clean(source.error)}${last}`];
}

const titles = ["total", "ready", "reconciling", "stalled", "held", "unreachable"];

function fleet({ platforms, total }: StatusView, look: Look): readonly string[] {
  if (total.total === 0) return ["No device is enrolled yet: reeve enroll apple --link"];
  const rows = platforms.map((one) => countRow(platformName(one.platform), numbersOf(one)));
  if (platforms.length !== 1) rows.push(countRow("", numbersOf(total)));
  return grid(countColumns(titles), rows, look);
}

function numbersOf(counts: Counts): readonly number[] {
  return [counts.total, counts.ready, counts.reconciling, counts.stalled, counts.held, counts.unreachable];
}

function remarks(view: StatusView, look: Look): readonly string[] {
  const stalled = reasonsOf(view.stalled, "Stalled");
  const latches = view.latches
    .filter((one) => one.name !== "breaker")
    .map((one) => ({
      text: `${one.name}: ${one.reason}, for ${timespan(look.now - one.since)}`,
      hint: latchHint(one.name),
    }));
  const warnings = view.warnings.map((one) => ({ text: one.message, hint: one.hint ?? "" }));
  const gate =
    view.gate === "enforced" ? "enforced by the database" : "advisory: this database role could bypass it";
  return [
    ...(view.rollouts ?? []).flatMap((one) =>
      labelled(
        "Rollout",
        [{ text: `${one.policy}  ${rolloutSentence(one)}`, hint: rolloutHint(one) }],
        look,
        one.status === "progressing" ? undefined : "yellow",
      ),
    ),
    ...labelled(
      "Under way",
      view.underWay.map((text) => ({ text, hint: "" })),
      look,
    ),
    ...labelled("Stalled", stalled, look, "red"),
    // A daemon of another version may not tell it.
    ...labelled("Held back", reasonsOf(view.held ?? [], "Held"), look, "yellow"),
    ...labelled("Holds", held(view, look), look, "yellow"),
    ...labelled("Stopped", latches, look, "yellow"),
    ...labelled("Departed", departed(view), look),
    ...labelled("Warning", warnings, look, "yellow"),
    ...labelled("Gate", [{ text: gate, hint: "" }], look),
  ];
}

function reasonsOf(reasons: StatusView["stalled"], condition: string): readonly Remark[] {
  const shown = reasons.slice(0, 5).map((one) => ({
    text: `${count(one.devices)}  ${clip(clean(one.reason), 400)}`,
    hint: `reeve explain ${clip(clean(one.name), 40)}`,
  }));
  const left = reasons.length - shown.length;
  if (left === 0) return shown;
  const hint = `reeve devices --condition ${condition}`;
  return [...shown, { text: `${counted(left, "more reason")}`, hint }];
}

/** What is approved leaves by itself: whoever looks now can still stop it. */
function held({ holds, latches }: StatusView, look: Look): readonly Remark[] {
  const { acts, devices, cooling = 0, leavesAt = look.now, ready = 0 } = holds;
  if (acts + ready === 0) return [];
  const left = leavesAt <= look.now ? "now" : `in ${timespan(leavesAt - look.now)}`;
  const leaves = latches.some(keepsActs) ? "would leave" : "leaves";
  const leaving = cooling === 0 ? "" : `; ${count(cooling)} approved, ${leaves} ${left}`;
  const unsent = ready === 0 ? "" : `; ${counted(ready, "act")} on the way`;
  return [{ text: `${count(acts)} (${counted(devices, "device")})${leaving}${unsent}`, hint: "reeve holds" }];
}

function departed({ lifecycle }: StatusView): readonly Remark[] {
  const states = Object.entries(lifecycle).map(([state, devices]) => `${count(devices)} ${state}`);
  return states.length === 0 ? [] : [{ text: states.join(", "), hint: "reeve devices --state STATE" }];
}

interface Remark {
  readonly text: string;
  readonly hint: string;
}

const labelWidth = 10;
const hintColumn = 60;

function labelled(
  label: string,
  remarks: readonly Remark[],
  look: Look,
  color?: "red" | "yellow",
): readonly string[] {
  return remarks.flatMap(({ text, hint }, index) => {
    const shown = index === 0 ? label : "";
    const head =
      (color === undefined ? shown : paint(look, color, shown)) + " ".repeat(labelWidth - shown.length);
    const command = clean(hint);
    const words = clean(text);
    if (
      command !== "" &&
      widthOf(words) <= hintColumn - labelWidth - 2 &&
      hintColumn + widthOf(command) <= look.width
    ) {
      return [head + pad(words, hintColumn - labelWidth) + paint(look, "cyan", command)];
    }
    const lines = wrap(words, look.width - labelWidth);
    const last = command === "" ? [] : [paint(look, "cyan", clip(command, look.width - labelWidth))];
    return [...lines, ...last].map((line, at) => (at === 0 ? head : " ".repeat(labelWidth)) + line);
  });
}
