import { plannedRemarks } from "../core/android-policy/planned-remarks.ts";
import { armedIn } from "../core/armed.ts";
import { armedBy } from "../core/caution.ts";
import type { Compiled } from "../core/compiled.ts";
import { contentDiff, describeChange } from "../core/content-diff.ts";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { Content } from "../core/granted.ts";
import { type PlanEntry, planEach } from "../core/plan.ts";
import { createTally } from "../core/plan-tally.ts";
import type { SourceTree } from "../core/source-tree.ts";
import { UserError } from "../errors.ts";
import { inSlices } from "../slices.ts";
import { listGroups } from "../store/admission.ts";
import { getContents } from "../store/content.ts";
import { revisionInForce } from "../store/revisions.ts";
import { gatesFor } from "./admit.ts";

import { armedDevices } from "./armed-fleet.ts";
import { withLastFingerprints } from "./fingerprints.ts";
import { fleetLosses } from "./fleet-losses.ts";
import { findOtherApps } from "./other-apps.ts";
import { planBudgets } from "./plan-budgets.ts";
import { type PlannedActs, plannedActs } from "./planned-acts.ts";
import { previewEnrollments } from "./portal/preview-enrollments.ts";
import { type PreviewedFleet, previewFleet } from "./preview-fleet.ts";
import { previewRollouts, rolloutsToCome } from "./preview-rollouts.ts";
import type { PlanRollout } from "./rollout-views.ts";
import type { RevisionSettings } from "./secrets.ts";
import type { Looking } from "./view-devices.ts";
import { viewHolds } from "./view-holds.ts";
import { viewRevision } from "./view-status.ts";
import type { PlanView, PlanViewEntry } from "./views.ts";
import { comparisonTime, timedRules } from "./window-clock.ts";

/**
 * What a tree would change, or what is still to be done when none is given. Writes nothing; the daemon's admission
 * calls the same planner. A tree that does not validate gives its diagnostics and no entries.
 */
export async function viewPlan(
  looking: Looking,
  tree: SourceTree | undefined,
  settings: RevisionSettings,
): Promise<PlanView> {
  const now = looking.clock();
  const inForce = await revisionInForce(looking.store);
  const planned = {
    revision: tree?.revision ?? inForce?.id ?? "none",
    message: tree === undefined ? (inForce?.message ?? "") : "working tree",
    author: inForce?.author ?? "",
    at: now,
  };
  const about = { planned, ...(inForce === undefined ? {} : { inForce: viewRevision(inForce) }) };
  const chosen = await choose(looking, tree, await withLastFingerprints(looking.store, settings), now);
  if ("diagnostics" in chosen) return { ...about, ...nothingPlanned, diagnostics: chosen.diagnostics };
  const toCome = rolloutsToCome(looking, chosen.compiled, tree !== undefined);
  const { compiled } = toCome;
  const listed = await listGroups(looking.store, "all", "plan", compiled.rollouts);
  const fleet = await previewFleet(looking.store, compiled, listed);
  const { groups } = fleet;
  const latches = looking.reconciler.latches();
  const states = looking.reconciler.statesOf(compiled);
  const before = looking.reconciler.current()?.compiled;
  const losses = tree === undefined ? undefined : await fleetLosses(states, groups, before);
  const frozen = latches.frozen ?? (losses === undefined ? undefined : `removals would freeze: ${losses}`);
  const budgets = await planBudgets(looking.store, compiled, groups, now);
  const { windows, exemptAt } = await timedRules(looking.store, compiled, now, "plan");
  const armed =
    latches.armed ??
    (tree === undefined ? undefined : await wouldArm(looking, before, chosen.compiled, fleet));
  const gates = gatesFor(compiled, { ...latches, frozen, armed }, windows);
  const tally = createTally(compiled.revision);
  const whole = { states, groups: fleet.channels, gates, ...budgets.room, now: exemptAt };
  const others = findOtherApps(looking.store, fleet);
  const remarked = plannedRemarks(compiled);
  for await (const planned of inSlices(planEach(whole))) {
    const part = remarked(planned);
    tally.add(part);
    await others.add(part);
    budgets.add(part);
  }
  const plan = tally.plan();
  const rollouts = await previewRollouts(looking, toCome, groups);
  const acts = tree === undefined ? nothingToDo : await plannedActs(looking, states, fleet);
  // Devices that only get an act count as changed; which of the others get one too is not counted twice.
  const changed = Math.max(plan.devices - plan.unchanged, acts.devices.size);
  return {
    ...about,
    devices: plan.devices,
    unchanged: plan.devices - changed,
    changed,
    ...(plan.users === 0 ? {} : { users: { total: plan.users, changed: plan.users - plan.unchangedUsers } }),
    states: plan.states,
    ...(await newestReport(looking)),
    entries: [
      ...inWaves(await viewEntries(looking, others.tell(plan.entries), compiled), rollouts),
      ...acts.entries,
    ],
    ...(rollouts.length === 0 ? {} : { rollouts }),
    ...budgets.view(frozen),
    ...(await portalChanges(looking, tree, compiled)),
    destructive: tree === undefined ? await viewHolds(looking) : acts.destructive,
    diagnostics: [],
  };
}

async function wouldArm(
  { store, clock }: Looking,
  before: Compiled | undefined,
  after: Compiled,
  fleet: PreviewedFleet,
): Promise<string | undefined> {
  const at = await comparisonTime(store, before, after, clock());
  const devices = await armedDevices({ before, after, at }, async () => fleet);
  return armedBy({ before, after, devices });
}

async function portalChanges(
  { store, reconciler }: Looking,
  tree: SourceTree | undefined,
  compiled: Compiled,
): Promise<Pick<PlanView, "enrollments">> {
  if (tree === undefined) return {};
  const enrollments = await previewEnrollments(store, reconciler.current()?.compiled, compiled);
  return enrollments.length === 0 ? {} : { enrollments };
}

const nothingToDo: PlannedActs = { destructive: [], entries: [], devices: new Set() };

const nothingPlanned = {
  devices: 0,
  unchanged: 0,
  changed: 0,
  states: 0,
  entries: [],
  removals: { devices: 0, budget: 0, used: 0 },
  destructive: [],
};

async function choose(
  looking: Looking,
  tree: SourceTree | undefined,
  settings: RevisionSettings,
  now: number,
): Promise<{ readonly compiled: Compiled } | { readonly diagnostics: readonly Diagnostic[] }> {
  if (tree !== undefined) {
    const revision = await looking.planner.revise(tree, settings, now);
    return revision.type === "valid"
      ? { compiled: revision.revised.compiled }
      : { diagnostics: revision.diagnostics };
  }
  const current = looking.reconciler.current();
  if (current === undefined)
    throw new UserError("no-revision", "no revision is in force yet, and no folder was given to plan", {
      hint: "`reeve plan DIR` plans a folder of manifests; `reeve status` says why none is in force yet, and `reeve doctor` what is missing.",
    });
  return { compiled: current.compiled };
}

async function newestReport(looking: Looking): Promise<Pick<PlanView, "newestReportAt">> {
  const [row] = await looking.store.query<{ at: number | null }>(
    "select max(last_seen_at) as at from reeve.channel",
  );
  return row?.at === null || row?.at === undefined ? {} : { newestReportAt: row.at };
}

async function viewEntries(
  looking: Looking,
  entries: readonly PlanEntry[],
  compiled: Compiled,
): Promise<readonly PlanViewEntry[]> {
  const before = entries.flatMap((entry) =>
    entry.from === undefined || entry.from === "" ? [] : [entry.from],
  );
  const stored = await getContents(looking.store, [...new Set(before)]);
  return entries.map((entry) => ({
    ...entry,
    ...placeOf(entry, compiled),
    ...changesOf(entry, stored, compiled),
    ...armsOf(entry, compiled),
  }));
}

/** What all of these devices come to have, but not at once. */
function inWaves(
  entries: readonly PlanViewEntry[],
  rollouts: readonly PlanRollout[],
): readonly PlanViewEntry[] {
  const waves = new Map(rollouts.filter(({ how }) => how === "waves").map((one) => [one.policy, one.waves]));
  const isChange = ({ action }: PlanEntry) =>
    action === "install" || action === "update" || action === "remove";
  return entries.map((entry) => {
    const found = isChange(entry) ? waves.get(entry.policy) : undefined;
    return found === undefined ? entry : { ...entry, waves: found };
  });
}

/** Of a conflict every policy that has a part in it. */
function placeOf({ key, policy: names }: PlanEntry, compiled: Compiled): Pick<PlanViewEntry, "place"> {
  const places = names.split(", ").flatMap((name) => {
    const policy = compiled.policies.find((one) => one.name === name);
    const origin = policy?.uses.find((one) => one.key === key)?.origin ?? policy?.origin;
    return origin === undefined ? [] : [`${origin.file}:${origin.line}`];
  });
  return places.length === 0 ? {} : { place: [...new Set(places)].join(", ") };
}

function armsOf({ action, policy, key, to }: PlanEntry, compiled: Compiled): Pick<PlanViewEntry, "armed"> {
  if ((action !== "install" && action !== "update") || to === undefined) return {};
  const armed = armedIn(compiled, policy, key, to);
  return armed.length === 0 ? {} : { armed };
}

function changesOf(
  entry: PlanEntry,
  stored: ReadonlyMap<string, Content>,
  compiled: Compiled,
): Pick<PlanViewEntry, "changes"> {
  const from = entry.from === undefined ? undefined : stored.get(entry.from);
  const to = entry.to === undefined ? undefined : compiled.contents.get(entry.to);
  if (from === undefined || to === undefined) return {};
  const changes = contentDiff(from, to, 4).map(describeChange);
  return changes.length === 0 ? {} : { changes };
}
