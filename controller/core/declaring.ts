import type { Candidate } from "./act-candidates.ts";
import { awaitedBefore } from "./awaited-links.ts";
import {
  type DeclarationEntry,
  type DeclarationSet,
  declarationsOf,
  declaringKey,
  theCommand,
  withEarlier,
} from "./declarations.ts";
import { awaitingHeirs } from "./declared-heirs.ts";
import { type Granted, type GrantedItem, isLeftAlone } from "./granted.ts";
import { itemState } from "./item-state.ts";
import type { Observed } from "./observed.ts";
import type { ChannelKind } from "./ports.ts";
import { type Situation, sendsOnlyQueries } from "./situation.ts";

/** A device that was told and does not come for them, or does not say how they are, is told again after this time. */
const againMs = 30 * 60_000;
const mostAgainMs = 24 * 3_600_000;
/** Tellings after which a device that refuses them, or takes them and never comes, gets as profiles what it can. */
export const mostTellings = 3;

/** The declarations that a channel should have now; undefined where it has none and never had any. */
export function wantedDeclarations(situation: Situation): DeclarationSet | undefined {
  const { observed, state, declared, removalsStopped, kind } = situation;
  const granted = situation.declarable ?? situation.granted;
  if (granted === undefined) return undefined;
  if (state.declared === undefined && !granted.items.some((item) => item.kind === "Declarations"))
    return undefined;
  const alone = new Set(granted.leftAlone?.map(({ id }) => id));
  const isAlone = ({ item, of: id = "" }: DeclarationEntry): boolean =>
    isLeftAlone(granted, item) || alone.has(id);
  const kept = [
    ...(declared?.entries ?? []).filter((one) => removalsStopped === true || isAlone(one)),
    ...awaitingHeirs(situation),
  ];
  const wanted =
    kept.length === 0
      ? declarationsOnce(granted, observed, kind)
      : declarationsOf(granted, observed, { kind, kept });
  const waiting = granted.items.filter((item) => waitsAsDeclaration(item, situation));
  return waiting.length === 0 ? wanted : withEarlier(wanted, declared, waiting);
}

function waitsAsDeclaration(item: GrantedItem, situation: Situation): boolean {
  return item.kind === "Declarations" && awaitedBefore(item, situation) !== undefined;
}

type Sets = WeakMap<Granted, WeakMap<object, DeclarationSet>>;

const computed: Readonly<Record<ChannelKind, Sets>> = { device: new WeakMap(), user: new WeakMap() };
const anything = {};

/** Granted states and lists of types are shared by all channels alike, so their sets are computed once. */
function declarationsOnce(
  granted: Granted,
  observed: Pick<Observed, "supports" | "rejects">,
  kind: ChannelKind = "device",
): DeclarationSet {
  const { supports, rejects } = observed;
  if (rejects !== undefined) return declarationsOf(granted, observed, { kind });
  const sets = computed[kind].get(granted) ?? new WeakMap<object, DeclarationSet>();
  computed[kind].set(granted, sets);
  const known = sets.get(supports ?? anything);
  if (known !== undefined) return known;
  const fresh = declarationsOf(granted, supports === undefined ? {} : { supports }, { kind });
  sets.set(supports ?? anything, fresh);
  return fresh;
}

/** DeclarativeManagement, when the channel does not know its declarations or does not say how they are. */
export function declaring(situation: Situation, rank: number): readonly Candidate[] {
  // In Setup Assistant a device may not look at its declarations: they come when it has gone on.
  if (sendsOnlyQueries(situation) || situation.state.awaiting !== undefined) return [];
  const wanted = wantedDeclarations(situation);
  if (wanted === undefined) return [];
  const { state, observed } = situation;
  const progress = state.progress[declaringKey];
  // Who does not take them at all is asked once a day, whatever is declared: an update of its system may have changed that.
  if (observed.rejects?.includes(theCommand) === true)
    return [tellingOf(wanted.token, rank, (progress?.at ?? 0) + mostAgainMs)];
  const isServed = state.declared?.wanted === wanted.token;
  if (isServed && !isOwed(situation)) return [];
  const told = progress?.digest === wanted.token ? progress : undefined;
  const since = Math.max(told?.at ?? 0, isServed ? (state.declared?.at ?? 0) : 0);
  const wait = Math.min(mostAgainMs, againMs * 2 ** Math.max(0, (told?.attempts ?? 1) - 1));
  const notBefore =
    told?.phase === "acknowledged" || isServed
      ? since + wait
      : (told?.retryAt ?? (told === undefined ? 0 : since));
  return [tellingOf(wanted.token, rank, Math.max(notBefore, retryOf(situation, isServed)))];
}

function tellingOf(token: string, rank: number, notBefore: number): Candidate {
  return { key: declaringKey, digest: token, intent: { type: "declare", token }, rank, notBefore };
}

/** True when an item was handed out and the device has not said since how it is, or could not be written then. */
function isOwed({ granted, observed, state }: Situation): boolean {
  return (granted?.items ?? []).some((item) => {
    if (item.kind !== "Declarations") return false;
    const judged = itemState(item, observed, state);
    return judged.type === "acknowledged" || isUnwritten(item.key, item.digest, state);
  });
}

/** What could not be written, because a secret is missing say, is tried again. */
function isUnwritten(key: string, digest: string, state: Situation["state"]): boolean {
  const progress = state.progress[key];
  return progress?.digest === digest && progress.phase === "failed" && progress.retryAt !== undefined;
}

function retryOf({ granted, state }: Situation, isServed: boolean): number {
  if (!isServed) return 0;
  const waits = (granted?.items ?? []).flatMap((item) =>
    isUnwritten(item.key, item.digest, state) ? [state.progress[item.key]?.retryAt ?? 0] : [],
  );
  return waits.length === 0 ? 0 : Math.min(...waits);
}
