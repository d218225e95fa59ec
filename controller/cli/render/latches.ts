import type { ActStop } from "../../loop/latches.ts";
import { type Look, paint } from "./look.ts";
import { clean, wrap } from "./text.ts";

const resumable: Readonly<Record<string, string>> = {
  breaker: "reeve reset breaker --reason WHY",
  "kill-switch": "reeve unhalt --reason WHY",
  suspended: "reeve resume all",
  frozen: "reeve resume removals",
  observe: "reeve resume observe",
  restored: "reeve resume restored",
  armed: "reeve resume armed",
  "maybe-restored": "reeve resume restored",
};

/** The command by which a person lets it go on. */
export function latchHint(name: string): string {
  const group = /^suspended\/(.+)$/.exec(name)?.[1];
  return group === undefined ? (resumable[name] ?? "") : `reeve resume group ${group}`;
}

/** Why no act leaves, before anything else is said of acts. */
export function stopLines(stopped: readonly ActStop[], look: Look): readonly string[] {
  return stopped.flatMap(({ name, reason, since }) => {
    const end = since === undefined ? "a commit ends that" : latchHint(name);
    const text = `No act leaves: ${clean(name)}: ${clean(reason)}; ${end}`;
    return wrap(text, look.width).map((line) => paint(look, "yellow", line));
  });
}
