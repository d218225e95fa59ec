import type { RevisionView } from "../../loop/views.ts";
import { shortRevision } from "./digest.ts";
import { clean, clip } from "./text.ts";
import { ago } from "./time.ts";

/** What follows the name of somebody who is known by signatures or a token; a name that a commit claims stands alone. */
export function verifiedMark({ verified }: { readonly verified?: true }): string {
  return verified === true ? ", verified" : "";
}

/** `9d03e11 "Passcode 8" it-lead, verified, 2 h ago`. */
export function describeRevision(revision: RevisionView, now: number): string {
  const title = clip(clean(revision.message.split("\n")[0] ?? ""), 40);
  const quoted = title === "" ? "" : ` "${title}"`;
  const author = clip(clean(revision.author), 30);
  return `${clean(shortRevision(revision.revision))}${quoted}${author === "" ? "" : ` ${author}${verifiedMark(revision)}`}, ${ago(revision.at, now)}`;
}
