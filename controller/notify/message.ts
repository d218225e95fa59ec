import type { Notice } from "../core/gather-notices.ts";
import type { Topic } from "../core/notice.ts";

/** What one receiver is told at once. */
export interface Message {
  /** The same whenever it is sent again: who has it already can tell. */
  readonly id: string;
  readonly organization: string;
  readonly notices: readonly Notice[];
}

/** More are counted, and not written out. */
export const mostLines = 20;

const words: Readonly<Record<Topic, readonly [one: string, many: string]>> = {
  refused: ["revision refused", "revisions refused"],
  held: ["act waits for approval", "acts wait for approval"],
  approved: ["act approved", "acts approved"],
  act: ["act ended", "acts ended"],
  stalled: ["item stalled", "items stalled"],
  drift: ["item drifted", "items drifted"],
  budget: ["budget used up", "budgets used up"],
  frozen: ["freeze of removals", "freezes of removals"],
  unreachable: ["device silent", "devices silent"],
  certificate: ["thing ends soon", "things end soon"],
  enrolled: ["device enrolled", "devices enrolled"],
  left: ["device left", "devices left"],
  rollout: ["change of a rollout", "changes of rollouts"],
  stopped: ["stop or resumption", "stops and resumptions"],
  exemption: ["exemption begins or ends", "exemptions begin or end"],
  warning: ["warning", "warnings"],
};

/** `acme: 1 act waits for approval, 3 warnings`: at most 150 characters. */
export function titleOf({ organization, notices }: Message): string {
  const counts = new Map<Topic, number>();
  for (const { topic } of notices) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  const parts = [...counts].map(([topic, count]) => `${count} ${words[topic][count === 1 ? 0 : 1]}`);
  const title = `${plain(organization)}: ${parts.join(", ")}`;
  return title.length <= 150 ? title : `${title.slice(0, 149)}…`;
}

/** One line for each, as plain text; at most `mostLines`, then how many more there are. */
export function linesOf({ notices }: Message): readonly string[] {
  const lines = notices.slice(0, mostLines).map(lineOf);
  const more = notices.length - lines.length;
  return more === 0 ? lines : [...lines, `and ${more} more: reeve events`];
}

function lineOf({ topic, subject, message, by, devices, examples, revision, type }: Notice): string {
  const about = subject === undefined ? "" : `${plain(subject)}: `;
  const who = by === undefined || by === "reeve" ? "" : ` (${plain(by)})`;
  const at = revision === undefined ? "" : ` [${plain(revision).slice(0, 12)}]`;
  const names = examples.map(plain).join(", ");
  const some = devices > examples.length ? `${names} …` : names;
  const where = devices === 0 ? "" : devices === 1 ? ` – ${names}` : ` – ${devices} devices: ${some}`;
  const next = topic === "held" ? " – see reeve holds" : "";
  const what =
    topic === "act" || topic === "approved" || topic === "stopped" ? `${type.replace(/^act\./, "")}: ` : "";
  return `${about}${what}${plain(message)}${where}${who}${at}${next}`;
}

const mostText = 300;

/** What devices, commits and people wrote, on one line, without anything that moves a cursor or turns text round. */
export function plain(text: string): string {
  const clean = text.replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return clean.length <= mostText ? clean : `${clean.slice(0, mostText - 1)}…`;
}
