import { type ActTarget, auditSections } from "./act.ts";
import { afterApps, appRemovals, type Candidate, ranks } from "./act-candidates.ts";
import { isChangedInPlace } from "./app-settings.ts";
import { installFrom } from "./app-updates.ts";
import { isLeaving } from "./apps-first.ts";
import { sectionsAskedAnew, unreadSections } from "./asked-anew.ts";
import { awaitedBefore, goesOverLink } from "./awaited-links.ts";
import { declaring } from "./declaring.ts";
import { type Granted, type GrantedItem, isAndroid, type Section } from "./granted.ts";
import { goingNow } from "./heirs.ts";
import { type ItemState, isGivenUp, itemState, progressOf, removalDigest, sectionOf } from "./item-state.ts";
import { isDeclared } from "./kept.ts";
import { isOver } from "./lapse.ts";
import { licenceAwaited } from "./licence.ts";
import { pollFrom, verifyFrom } from "./polling.ts";
import { isThere } from "./presence.ts";
import { renewalOf } from "./renewal.ts";
import { dueAt } from "./schedule.ts";
import { inWindows } from "./sent-within.ts";
import { letGo, letGoRefusedAt } from "./setup-assistant.ts";
import { type Situation, sendsNoActs, sendsOnlyQueries } from "./situation.ts";
import { unseenSince } from "./transition.ts";
import { unknownApp } from "./watched.ts";

/** A removal rests on an observation at most this old. */
const removalEvidenceMs = 60 * 60_000;

/** Everything that is due on a channel, now or later, in no order. Pure (docs/architecture.md, "The next command"). */
export function candidates(situation: Situation, now: number): readonly Candidate[] {
  if (situation.halted) return [];
  const queries = new Map<Section, Candidate>();
  const found: Candidate[] = [];
  const ask = (section: Section, rank: number, notBefore: number): void => {
    const candidate = query(situation, section, rank, notBefore);
    const known = queries.get(section);
    if (known === undefined || isSooner(candidate, known, now)) queries.set(section, candidate);
  };
  addActs(situation, now, found, ask);
  if (situation.kind !== "user" && situation.state.collected.device === undefined)
    ask("device", ranks.setup, 0);
  const release = letGo(situation);
  if (release !== undefined) found.push({ ...release, rank: ranks.verify });
  const refusedAt = letGoRefusedAt(situation);
  if (refusedAt !== undefined) ask("device", ranks.verify, refusedAt + 1);
  const { candidate, lookFrom } = renewalOf(situation);
  if (candidate !== undefined) found.push({ ...candidate, rank: ranks.certificate });
  if (lookFrom !== undefined) ask("certificates", ranks.verify, lookFrom);
  for (const section of sectionsAskedAnew(situation))
    ask(section, ranks.verify, situation.state.askedAt ?? 0);
  for (const section of unreadSections(situation)) ask(section, ranks.verify, 0);
  const going = situation.acts.flatMap((act) => appRemovals(situation, act, now));
  if (situation.granted !== undefined && !isLeaving(situation)) {
    addSchedules(situation, situation.granted, ask);
    if (unknownApp(situation.granted.watched, situation.observed) !== undefined)
      ask("applications", ranks.verify, 0);
    addItems(situation, situation.granted, now, found, ask);
    found.push(...declaring(situation, ranks.profile));
    addRemovals(situation, situation.granted, now, found, ask);
  }
  return [...inWindows(found, situation, now), ...going, ...queries.values()];
}

type Ask = (section: Section, rank: number, notBefore: number) => void;

function query(situation: Situation, section: Section, rank: number, notBefore: number): Candidate {
  const key = `query/${section}`;
  const retryAt = situation.state.progress[key]?.retryAt ?? 0;
  return {
    key,
    digest: String(situation.state.collected[section] ?? 0),
    intent: { type: "query", section },
    rank,
    notBefore: Math.max(notBefore, retryAt),
  };
}

/** Of two reasons to ask for the same section the one that is due, then the more urgent, then the sooner. */
function isSooner(a: Candidate, b: Candidate, now: number): boolean {
  const dueA = a.notBefore <= now;
  if (dueA !== b.notBefore <= now) return dueA;
  return dueA ? a.rank < b.rank : a.notBefore < b.notBefore;
}

function addActs(situation: Situation, now: number, found: Candidate[], ask: Ask): void {
  for (const act of situation.acts) {
    if (act.status !== "ready" || act.expiresAt <= now) continue;
    if (act.verb === "audit") askForAudit(situation, act, ask);
    else if (act.verb === "removeProfile" && situation.removalsStopped === true) continue;
    else if (!sendsNoActs(situation)) found.push(afterApps(situation, act, now));
  }
}

function askForAudit(situation: Situation, act: ActTarget, ask: Ask): void {
  for (const section of auditSections)
    if ((situation.state.collected[section] ?? -1) < act.frozenAt) ask(section, ranks.act, act.frozenAt);
}

function addSchedules(situation: Situation, granted: Granted, ask: Ask): void {
  for (const schedule of granted.inventory)
    for (const section of schedule.collect) {
      const due = dueAt(schedule, situation.state.collected[section], situation.device);
      if (due !== undefined) ask(section, ranks.inventory, due);
    }
}

function addItems(situation: Situation, granted: Granted, now: number, found: Candidate[], ask: Ask): void {
  const states = new Map<GrantedItem, ItemState>(
    granted.items.map((item) => [item, itemState(item, situation.observed, situation.state)]),
  );
  const verified = new Set(
    [...states].filter(([, one]) => one.type === "verified").map(([item]) => item.key),
  );
  for (const [item, state] of states) {
    // What is declared is told as one, and not item by item (declaring.ts); Android has no commands for items.
    if (item.kind === "Declarations" || isAndroid(item.kind)) continue;
    const from = installFrom(item, state, situation.observed);
    if (state.type === "missing" && isOver(item, now))
      ask(sectionOf(item.kind), ranks.verify, item.lasts?.at ?? 0);
    else if (from !== undefined && mayInstall(item, verified, situation)) {
      // What the device has instead may be gone since it was looked at.
      if (goesOverLink(item, situation) && !isFresh(sectionOf(item.kind), situation, now))
        ask(sectionOf(item.kind), ranks.verify, 0);
      else found.push(installation(item, from, situation));
    } else askAbout(item, state, situation, ask);
  }
}

/** What is not known of an item is asked for, where and when its report is due. */
function askAbout(item: GrantedItem, state: ItemState, situation: Situation, ask: Ask): void {
  const section = sectionOf(item.kind);
  if (state.type === "unknown") ask(section, ranks.setup, 0);
  else if (state.type === "installing") ask(section, ranks.verify, pollFrom(section, state.since, situation));
  else if (state.type !== "acknowledged") return;
  else if (state.section === undefined) ask(section, ranks.verify, verifyFrom(item, state.since, situation));
  else ask(state.section, ranks.verify, state.since);
}

function mayInstall(item: GrantedItem, verified: ReadonlySet<string>, situation: Situation): boolean {
  if (item.kind === "Profile" && isDeclared(item.id, situation.observed)) return false;
  return (
    !sendsOnlyQueries(situation) &&
    !isGivenUp(item, situation.state) &&
    licenceAwaited(item, situation) === undefined &&
    awaitedBefore(item, situation) === undefined &&
    item.after.every((key) => verified.has(key))
  );
}

function installation(item: GrantedItem, notBefore: number, { observed, state }: Situation): Candidate {
  const { kind } = item;
  if (isAndroid(kind)) throw new Error(`${item.key} is part of a policy and never installed by command`);
  const isLate = item.kind === "App" || item.kind === "Book";
  const rank = isLate ? ranks.app : item.first === true ? ranks.certificate : ranks.profile;
  return {
    key: item.key,
    digest: item.digest,
    intent: {
      type: "install",
      item: item.key,
      kind,
      id: item.id,
      digest: item.digest,
      ...(item.enrolls === undefined ? {} : { enrolls: item.enrolls }),
      ...(item.base === undefined ? {} : { base: item.base }),
      ...(isChangedInPlace(item, observed, progressOf(item, state)) ? { inPlace: true as const } : {}),
    },
    rank,
    notBefore,
  };
}

function addRemovals(
  situation: Situation,
  granted: Granted,
  now: number,
  found: Candidate[],
  ask: Ask,
): void {
  if (sendsOnlyQueries(situation)) return;
  for (const [key, owned] of goingNow(granted, situation)) {
    if (isAndroid(owned.kind)) continue;
    const section = sectionOf(owned.kind);
    const unseen = unseenSince(key, owned, situation.state);
    if (situation.removalsStopped === true) ask(section, ranks.verify, now + removalEvidenceMs);
    else if (!isFresh(section, situation, now)) ask(section, ranks.verify, 0);
    else if (unseen !== undefined) ask(section, ranks.verify, unseen + 1);
    else addRemoval(situation, key, found, ask);
  }
}

/** What is taken from a device is so by what it said of late. */
function isFresh(section: Section, { state }: Situation, now: number): boolean {
  const collected = state.collected[section];
  return collected !== undefined && collected >= now - removalEvidenceMs;
}

function addRemoval(situation: Situation, key: string, found: Candidate[], ask: Ask): void {
  const owned = situation.observed.owned[key];
  if (owned === undefined || isAndroid(owned.kind)) return;
  const there = isThere(owned, situation.observed);
  // What went by declaration made what was seen before worth nothing.
  if (there === undefined) ask(sectionOf(owned.kind), ranks.verify, 0);
  if (there !== true) return;
  const progress = situation.state.progress[key];
  const removing = progress?.digest === removalDigest ? progress : undefined;
  const section = sectionOf(owned.kind);
  if (removing?.phase === "acknowledged") {
    ask(section, ranks.verify, removing.at);
    return;
  }
  // A device that refuses to remove something may not have it any more: look before trying again.
  if (removing?.phase === "failed" && (situation.state.collected[section] ?? 0) <= removing.at)
    ask(section, ranks.verify, removing.at + 1);
  found.push({
    key,
    digest: removalDigest,
    intent: { type: "remove", item: key, kind: owned.kind, id: owned.id },
    rank: ranks.remove,
    notBefore: removing?.retryAt ?? 0,
  });
}
