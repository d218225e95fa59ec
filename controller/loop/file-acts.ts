import { actRefusal, traitsOf } from "../apple/command-gates.ts";
import { androidRefusal } from "../core/android-acts.ts";
import { canonical } from "../core/canonical.ts";
import type { Compiled, CompiledAct, CompiledTarget } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Facts } from "../core/facts.ts";
import { type Freeze, freeze, type TargetedDevice } from "../core/freeze.ts";
import type { Verb } from "../core/intent.ts";
import type { AdmissionGroup } from "../core/ports.ts";
import { type Frozen, freezeAct, knownActs, openActs } from "../store/acts.ts";
import { listGroups } from "../store/admission.ts";
import { disruptionRoom } from "../store/disruption.ts";
import { appendEvents } from "../store/events.ts";
import { appendEventOnce } from "../store/events-once.ts";
import type { Lease } from "../store/leader.ts";
import type { Store } from "../store/open.ts";
import { withdrawAct } from "../store/withdrawals.ts";
import { type ActAuthors, readActAuthors, unfiledText, unknownAuthor } from "./act-authors.ts";
import { ownWordRefusal, targeted } from "./act-devices.ts";
import { targetsOf } from "./departing.ts";
import { withdrawnText } from "./withdrawn-text.ts";

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
  /** Refusals that were told already, by act: each is told once, not at every pass. */
  readonly told: Map<string, string>;
}

/**
 * Freezes the acts of a policy set that have not been frozen before. A refused act is told as an event and tried
 * again with the next revision.
 */
export async function fileActs(store: Store, states: DesiredStates, filing: Filing): Promise<number> {
  const { compiled } = states;
  const known = await knownOf(store, compiled.acts);
  const open = compiled.acts.filter((act) => !known.has(act) && act.expiresAt > filing.at);
  if (open.length === 0) return 0;
  const groups = (await listGroups(store)).filter((group) => group.kind !== "user");
  const authors = await readActAuthors(store, compiled.revision);
  if (authors === undefined) {
    const news = { type: "gate.authors", subject: compiled.revision, at: filing.at, message: unfiledText };
    if (filing.told.get("") !== compiled.revision) await appendEventOnce(store, news);
    filing.told.set("", compiled.revision);
    return 0;
  }
  let filed = 0;
  for (const act of open) {
    const by = authors[act.name] ?? unknownAuthor;
    if (await fileAct(store, states, act, groups, { ...filing, ...by })) filed++;
  }
  return filed;
}

/** Those acts that were frozen before, under the name that they have now or one that they had. */
export async function knownOf(store: Store, acts: readonly CompiledAct[]): Promise<ReadonlySet<CompiledAct>> {
  const known = await knownActs(store, acts.flatMap(namesOf));
  return new Set(acts.filter((act) => namesOf(act).some((name) => known.has(name))));
}

function namesOf({ name, formerly }: CompiledAct): readonly string[] {
  return [name, ...formerly];
}

async function fileAct(
  store: Store,
  states: DesiredStates,
  act: CompiledAct,
  groups: readonly AdmissionGroup[],
  filing: Filing & ActAuthors,
): Promise<boolean> {
  const { devices, byOwnWord } = await targeted(store, states, act, groups);
  const { frozen, written } = await freezeOn(store, act, devices, filing, states.compiled.revision);
  const refusals =
    devices.length > 0 || byOwnWord === 0 ? frozen.refusals : [{ reason: ownWordRefusal(byOwnWord) }];
  const refusal = refusals.map((one) => `${one.device ?? ""} ${one.reason}`).join("; ");
  if (filing.told.get(act.name) !== refusal)
    for (const { device, reason } of refusals as Freeze["refusals"])
      await say(store, filing, "act.refused", act.name, reason, device);
  filing.told.set(act.name, refusal);
  return written !== undefined;
}

/**
 * Freezes an act on devices and tells of it, unless it is refused or was frozen before. Without a revision no commit
 * cancels it. What was refused is in the answer, and told by whoever asked.
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
  const frozen = filing.unknownAuthor === true && found.status === "held" ? unheard : found;
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
  const written = await freezeAct(store, row, filing.lease);
  if (written === undefined) return { frozen, written };
  const count = `${row.targets.length} device${row.targets.length === 1 ? "" : "s"}`;
  const told = `${count}, digest ${shortDigest(written.digest)}: ${reason}${why(frozen)}${unapprovable(row)}`;
  await say(store, filing, written.held ? "act.held" : "act.ready", act.name, told);
  return { frozen, written };
}

/** Whoever is not known might approve what he asked for himself. */
const unheard: Freeze = {
  status: "refused",
  targets: [],
  refusals: [
    {
      reason:
        "it waits for an approval by somebody else, and nobody can tell who asks: use a token, and not the socket",
    },
  ],
};

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

/** What a manifest asks for, as the record keeps it and approvals bind to it. */
function contentOf({ verb, parameters, reason, expectedDevices, target }: CompiledAct) {
  return { verb, parameters, reason, expectedDevices: expectedDevices ?? null, target: targetOf(target) };
}

function targetOf({ exclude, ...target }: Omit<CompiledTarget, "exclude"> & Partial<CompiledTarget>): object {
  const lists = Object.entries(target).map(([key, value]) => [
    key,
    typeof value === "boolean" ? value : [...value].sort(),
  ]);
  const excluded = exclude === undefined ? {} : { exclude: targetOf({ ...exclude, all: false }) };
  return { ...Object.fromEntries(lists), ...excluded };
}

/**
 * What was not sent yet of an act whose manifest went or changed is cancelled, whoever had approved it.
 */
export async function cancelOverturned(
  store: Store,
  compiled: Compiled,
  filing: Pick<Filing, "author" | "at">,
): Promise<void> {
  const declared = new Map(compiled.acts.flatMap((act) => namesOf(act).map((name) => [name, act])));
  for (const act of await openActs(store)) {
    const now = declared.get(act.name);
    if (act.revision === undefined || (now !== undefined && isSame(now, act))) continue;
    const why = now === undefined ? "its manifest was withdrawn" : "its manifest changed";
    const done = await withdrawAct(store, { act: act.id, by: filing.author, note: why, at: filing.at });
    const told = `${why}: ${withdrawnText(done)}; to ask for it again, raise its generation`;
    await say(store, filing, "act.cancelled", act.name, told);
  }
}

function isSame(declared: CompiledAct, frozen: { readonly content: string; readonly expiresAt: number }) {
  return canonical(contentOf(declared)) === frozen.content && declared.expiresAt === frozen.expiresAt;
}

async function say(
  store: Store,
  filing: Pick<Filing, "author" | "at">,
  type: string,
  subject: string,
  message: string,
  device?: string,
): Promise<void> {
  const about = device === undefined ? {} : { device };
  await appendEvents(store, [{ type, at: filing.at, subject, message, by: filing.author, ...about }]);
}
