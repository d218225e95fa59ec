import type { ChannelState, Progress } from "./channel.ts";
import type { Section } from "./granted.ts";
import { sectionOf } from "./item-state.ts";
import type { Situation } from "./situation.ts";

/** The sections that a person has asked for and that the device has not reported since: itself, and what it was given. */
export function sectionsAskedAnew({ state, granted, observed, kind }: Situation): readonly Section[] {
  const { askedAt, collected } = state;
  if (askedAt === undefined) return [];
  const wanted = [...(kind === "user" ? [] : ["device" as const]), ...sectionsOfItems(granted, observed)];
  return [...new Set(wanted)].filter((section) => (collected[section] ?? Number.NEGATIVE_INFINITY) < askedAt);
}

/**
 * The sections of its items that the device refused to report when it was last asked. They are asked for until they
 * come: whatever wanted to see them may be over, and a device that cannot be read would stay so until the next drift check.
 */
export function unreadSections({ state, granted, observed }: Situation): readonly Section[] {
  const sections = sectionsOfItems(granted, observed);
  return sections.filter((section) => state.progress[`query/${section}`]?.phase === "failed");
}

/** Of its declarations a device tells by itself. */
function sectionsOfItems(granted: Situation["granted"], observed: Situation["observed"]): readonly Section[] {
  const items = [...(granted?.items ?? []), ...Object.values(observed.owned)];
  return [...new Set(items.map((item) => sectionOf(item.kind)))].filter((one) => one !== "declarations");
}

/**
 * The situation in which attempts that failed before a person asked anew count for nothing: they are repeated at once.
 * The wish itself is forgotten when everything was reported since.
 */
export function askedAnew(situation: Situation): Situation {
  const { state } = situation;
  const { askedAt, ...others } = state;
  if (askedAt === undefined) return situation;
  const isAnswered = sectionsAskedAnew(situation).length === 0;
  const progress = Object.entries(state.progress).map(([key, one]) => [key, withoutBackoff(one, askedAt)]);
  const fresh: ChannelState = { ...(isAnswered ? others : state), progress: Object.fromEntries(progress) };
  return { ...situation, state: fresh };
}

// The entry itself stays: without it an item would look as if its user had removed or changed it.
function withoutBackoff(progress: Progress, askedAt: number): Progress {
  const isOver = progress.phase === "failed" || progress.phase === "rejected";
  if (!isOver || progress.at > askedAt) return progress;
  const { retryAt: _retryAt, ...rest } = progress;
  return { ...rest, phase: "failed", attempts: 0 };
}
