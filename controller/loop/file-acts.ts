import { actRefusal, traitsOf } from "../apple/command-gates.ts";
import { androidRefusal } from "../core/android-acts.ts";
import { canonical } from "../core/canonical.ts";
import type { CompiledAct } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Facts } from "../core/facts.ts";
import { type Freeze, freeze, type TargetedDevice } from "../core/freeze.ts";
import type { Verb } from "../core/intent.ts";
import type { Event } from "../core/ledger.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { type Frozen, freezeAct } from "../store/acts.ts";
import { listGroups } from "../store/admission.ts";
import { disruptionRoom } from "../store/disruption.ts";
import { appendEventOnce } from "../store/events-once.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import { refuseAct } from "../store/refusals.ts";
import { type ActAuthors, readActAuthors, unfiledText, unknownAuthor } from "./act-authors.ts";
import { contentOf, knownOf } from "./act-content.ts";
import { ownWordRefusal, targeted } from "./act-devices.ts";
import { targetsOf } from "./departing.ts";
import { refusedOf } from "./refused-acts.ts";

export interface Filing {
  /** Who stands for the revision. */
  readonly author: string;
  /** Persons other than the author who must approve what destroys: of a claimed author, and of a verified one. */
  readonly approvals: number;
  readonly verifiedApprovals: number;
  /** Devices that may be disrupted without an approval in a window, whatever the database allows. */
  readonly disruptive: number;
  /** Between the last approval and the first command of what destroys on more than one device, ms. */
  readonly coolOffMs?: number | undefined;
  readonly at: number;
  readonly lease?: Lease | undefined;
  /** The revision of which it was told already that its acts cannot be filed, under the empty name. */
  readonly told: Map<string, string>;
}

/**
 * Freezes the acts of a policy set that have not been frozen before. One that is refused whole is told as an event,
 * once, and stays refused until its manifest asks for something else.
 */
export async function fileActs(store: Store, states: DesiredStates, filing: Filing): Promise<number> {
  const { compiled } = states;
  const known = await knownOf(store, compiled.acts);
  const unfiled = compiled.acts.filter((act) => !known.has(act));
  const refused = await refusedOf(store, unfiled);
  const open = unfiled.filter((act) => !refused.has(act));
  if (open.length === 0) return 0;
  const groups = (await listGroups(store)).filter((group) => group.kind !== "user");
  const authors = await readActAuthors(store, compiled.revision);
  if (authors === undefined && open.some((act) => act.expiresAt > filing.at)) {
    const news = { type: "gate.authors", subject: compiled.revision, at: filing.at, message: unfiledText };
    if (filing.told.get("") !== compiled.revision) await appendEventOnce(store, news);
    filing.told.set("", compiled.revision);
    return 0;
  }
  let filed = 0;
  for (const act of open) {
    const by = authors?.[act.name] ?? unknownAuthor;
    if (await fileAct(store, states, act, groups, { ...filing, ...by })) filed++;
  }
  return filed;
}

async function fileAct(
  store: Store,
  states: DesiredStates,
  act: CompiledAct,
  groups: readonly AdmissionGroup[],
  filing: Filing & ActAuthors,
): Promise<boolean> {
  // What is over hits nobody, and is told to be so: nobody need look for whom it would have hit.
  const { devices, byOwnWord } =
    act.expiresAt <= filing.at ? { devices: [], byOwnWord: 0 } : await targeted(store, states, act, groups);
  const { revision } = states.compiled;
  const { frozen, written } = await freezeOn(store, act, devices, filing, revision);
  if (frozen.status === "refused") {
    const isOwnWord = devices.length === 0 && byOwnWord > 0;
    const found = isOwnWord ? { ...frozen, refusals: [{ reason: ownWordRefusal(byOwnWord) }] } : frozen;
    const { name, expiresAt } = act;
    const reason = refusalText(found);
    const asked = { name, content: canonical(contentOf(act)), expiresAt, revision, reason, at: filing.at };
    await refuseAct(store, asked, refusalsTold(act, found, filing), filing.lease);
  }
  return written !== undefined;
}

const mostReasons = 5;

/** Why an act was refused whole, in one line; devices by their ids, which stay when one is erased. */
function refusalText({ refusals }: Freeze): string {
  const reasons = refusals.map(({ device, reason }) =>
    device === undefined ? reason : `${device}: ${reason}`,
  );
  const left = reasons.length - mostReasons;
  return [...reasons.slice(0, mostReasons), ...(left > 0 ? [`and ${left} more`] : [])].join("; ");
}

function refusalsTold(
  act: CompiledAct,
  { refusals }: Freeze,
  { author, at }: Pick<Filing, "author" | "at">,
): readonly Event[] {
  return refusals.map(({ device, reason: message }) => ({
    ...{ type: "act.refused", at, subject: act.name, message, by: author },
    ...(device === undefined ? {} : { device }),
  }));
}

/**
 * Freezes an act on devices and tells of it in the same transaction, and of devices that it is refused for, unless it
 * is refused whole or was frozen before. Without a revision no commit cancels it. What was refused whole is in the
 * answer, and told by whoever asked.
 */
export async function freezeOn(
  store: Store,
  act: CompiledAct,
  devices: readonly TargetedDevice[],
  filing: Omit<Filing, "told"> & ActAuthors & { readonly unknownAuthor?: boolean },
  revision?: string,
): Promise<{ readonly frozen: Freeze; readonly written: Frozen | undefined }> {
  const room = await disruptionRoom(store, filing.disruptive);
  const found = freeze(act, devices, filing.at, room, refusalOf);
  const frozen =
    filing.unknownAuthor === true && found.status === "held" ? unheard(found, room.againAt) : found;
  if (frozen.status === "refused" || frozen.targets.length === 0) return { frozen, written: undefined };
  const { parameters, reason, expiresAt } = act;
  const row = {
    name: act.name,
    content: contentOf(act),
    author: filing.author,
    verified: filing.verified,
    persons: filing.persons,
    approvals: Math.max(1, filing.verified ? filing.verifiedApprovals : filing.approvals),
    reason,
    expiresAt,
    targets: await targetsOf(store, frozen, devices, parameters),
    held: frozen.status === "held",
    coolOffMs: filing.coolOffMs ?? 0,
    ...(frozen.because === undefined ? {} : { because: frozen.because }),
    ...(revision === undefined ? {} : { revision }),
    at: filing.at,
  };
  const count = `${row.targets.length} device${row.targets.length === 1 ? "" : "s"}`;
  const written = await freezeAct(store, row, filing.lease, ({ digest, held }) => {
    const told = `${count}, digest ${shortDigest(digest)}: ${reason}${why(frozen)}${unapprovable(row)}`;
    const type = held ? "act.held" : "act.ready";
    const event = { type, at: filing.at, subject: act.name, message: told, by: filing.author };
    return [...refusalsTold(act, frozen, filing), event];
  });
  return { frozen, written };
}

/** Whoever is not known might approve what he asked for himself. */
function unheard({ because = "it destroys data or ends management" }: Freeze, againAt?: number): Freeze {
  const later =
    againAt === undefined
      ? ""
      : `, or ask after ${new Date(againAt).toISOString().slice(0, 16)}Z, when there is room`;
  const reason = `${because}: it waits for an approval by somebody else, and nobody can tell who asks over the socket: use a token${later}`;
  return { status: "refused", targets: [], refusals: [{ reason }] };
}

/** Why a device cannot carry out an act, told before anybody is asked to approve it. */
export function refusalOf(
  verb: Verb,
  parameters: CompiledAct["parameters"],
  facts: Facts,
): string | undefined {
  if (facts.platform?.value === "android") return androidRefusal(verb, parameters, facts);
  return actRefusal(verb, parameters, traitsOf(facts));
}

function why({ because }: Freeze): string {
  return because === undefined ? "" : ` (${because})`;
}

function unapprovable({
  held,
  author,
  persons,
}: Pick<Filing & ActAuthors, "author" | "persons"> & { held: boolean }) {
  return held && author.trim() === "" && persons.length === 0
    ? "; nobody can approve it, for it is not known who asked for it: raise its generation"
    : "";
}

/** The way people see and type a digest: `7be2-91c4-e0aa`. */
export function shortDigest(digest: string): string {
  return `${digest.slice(0, 4)}-${digest.slice(4, 8)}-${digest.slice(8, 12)}`;
}
