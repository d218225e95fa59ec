import type { HeadView } from "../../http/seal-routes.ts";
import type { Verification } from "../../loop/verify-events.ts";
import { type Look, paint } from "./look.ts";
import { stamp } from "./stamp.ts";
import { clean, count, counted, wrap } from "./text.ts";

/** What the check of the history found: each flaw on a line, then how much was checked and the head. */
export function renderVerification(
  view: Verification & { readonly publishedHeads: number },
  look: Look,
): string {
  const { seals, events, letGo, flawed, flaws, head, publishedHeads } = view;
  const lines = flaws.map((one) => `${paint(look, "red", one.flaw)}  ${clean(one.says)}`);
  if (flawed > flaws.length) lines.push(`and ${count(flawed - flaws.length)} more`);
  if (lines.length > 0) lines.push("");
  const gone = letGo === 0 ? "" : `; ${counted(letGo, "ordinary event")} older than 400 days let go`;
  lines.push(`${counted(events, "event")} under ${counted(seals, "seal")}${gone}.`);
  lines.push(
    flawed === 0
      ? "All are as they were written."
      : `${counted(flawed, "flaw")}: the history is not as it was written.`,
  );
  if (publishedHeads === 0)
    lines.push(
      ...wrap(
        "Checked against itself alone; --head checks against a head that was kept elsewhere.",
        look.width,
      ),
    );
  else if (flawed === 0) lines.push(`${counted(publishedHeads, "published head")} found in it.`);
  if (seals > 0) lines.push(`Head     ${head.n}:${head.hash}`);
  return `${lines.join("\n")}\n`;
}

/** The newest seal on a line of its own, and what it is. */
export function renderHead({ head }: HeadView): string {
  if (head === undefined) return "Nothing is sealed yet.\n";
  const waiting = head.waiting === 0 ? "" : `; ${counted(head.waiting, "event")} not sealed yet`;
  return `${head.n}:${head.hash}\nSealed ${stamp(head.at)}${waiting}. Keep it where nobody can change it.\n`;
}
