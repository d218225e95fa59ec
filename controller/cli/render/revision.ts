import type { RevisionView } from "../../loop/views.ts";
import { shortRevision } from "./digest.ts";
import { clean, clip } from "./text.ts";
import { ago } from "./time.ts";

/** `9d03e11 "Passcode 8" it-lead, 2 h ago`. */
export function describeRevision(revision: RevisionView, now: number): string {
  const title = clip(clean(revision.message.split("\n")[0] ?? ""), 40);
  const quoted = title === "" ? "" : ` "${title}"`;
  const author = clip(clean(revision.author), 30);
  return `${clean(shortRevision(revision.revision))}${quoted}${author === "" ? "" : ` ${author}`}, ${ago(revision.at, now)}`;
}
