import type { DigestedTarget } from "../core/act-digest.ts";
import { canonical } from "../core/canonical.ts";
import type { Compiled } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import { type Freeze, freeze, type TargetedDevice } from "../core/freeze.ts";
import { isDisruptive } from "../core/intent.ts";
import { isTargeted } from "../core/membership.ts";
import { isActedOn } from "../core/placement.ts";
import { inSlices } from "../slices.ts";
import { listDevices } from "../store/devices.ts";
import { disruptionRoom } from "../store/disruption.ts";
import type { ActRefusal } from "../store/refusals.ts";
import { knownOf } from "./act-content.ts";
import { ownWordRefusal, withLost } from "./act-devices.ts";
import { departedOf, targetsOf } from "./departing.ts";
import { withNames } from "./device-names.ts";
import { refusalOf } from "./file-acts.ts";
import { byName, type HoldDevice, type HoldView } from "./hold-view.ts";
import { plannedEnds } from "./planned-ends.ts";
import { plannedRefusals } from "./planned-refusals.ts";
import type { PreviewedFleet } from "./preview-fleet.ts";
import { refusedOf } from "./refused-acts.ts";
import type { Looking } from "./view-devices.ts";
import { afterwardsIn, budgetFor, destroys } from "./view-holds.ts";
import type { PlanViewEntry } from "./views.ts";

/** The acts that a revision would file, with the devices they would hit now. */
export interface PlannedActs {
  /** Those that would wait for an approval, or be refused. */
  readonly destructive: readonly HoldView[];
  /** Those that would be sent at once. */
  readonly entries: readonly PlanViewEntry[];
  /** Devices that get something at once. */
  readonly devices: ReadonlySet<string>;
}

/** Resolves the acts that were not filed before against the fleet as the revision would find it; writes nothing. */
export async function plannedActs(
  looking: Looking,
  states: DesiredStates,
  fleet: PreviewedFleet,
): Promise<PlannedActs> {
  const { compiled } = states;
  const known = await knownOf(looking.store, compiled.acts);
  const refused = await refusedOf(looking.store, compiled.acts);
  const views: HoldView[] = [];
  const entries: PlanViewEntry[] = [];
  const hit = new Set<string>();
  let room = await disruptionRoom(looking.store, looking.reconciler.disruptive);
  for (const act of compiled.acts) {
    const before = refused.get(act);
    const isOver = act.expiresAt <= looking.clock();
    if (known.has(act) || (isOver && before !== undefined)) continue;
    const { enrolled, byOwnWord } = await targeted(states, act.target, fleet);
    const managed = await withLost(looking.store, enrolled);
    const devices = [...managed, ...(await departedOf(looking.store, compiled, act))];
    const found =
      (isOver ? undefined : noneButByOwnWord(devices, byOwnWord)) ??
      freeze(act, devices, looking.clock(), room, refusalOf);
    const frozen = before === undefined ? found : await staysRefused(looking, before);
    if (frozen.status === "ready") {
      for (const target of frozen.targets) hit.add(target.device);
      const disrupted = frozen.targets.filter((target) => isDisruptive(target.verb)).length;
      room = { ...room, left: room.left - disrupted };
      const left = await plannedRefusals(looking.store, frozen.refusals);
      entries.push({ ...entryOf(act, frozen.targets.length), ...left });
      continue;
    }
    views.push(await holdOf(looking, act, frozen, devices));
  }
  const budget = await budgetFor(looking, views);
  const destructive = views.map((view) => (destroys(view) ? { ...view, ...budget } : view));
  const ends = await plannedEnds(looking.store, looking.reconciler.current()?.compiled, compiled);
  return { destructive, entries: [...entries, ...ends], devices: hit };
}

/** As it is told when it is filed. */
function noneButByOwnWord(devices: readonly TargetedDevice[], byOwnWord: number): Freeze | undefined {
  if (devices.length > 0 || byOwnWord === 0) return undefined;
  return { status: "refused", targets: [], refusals: [{ reason: ownWordRefusal(byOwnWord) }] };
}

/** It fits by now, maybe; it is not tried again as it is written. */
async function staysRefused({ store }: Looking, { reason }: ActRefusal): Promise<Freeze> {
  const [told] = await withNames(store, [reason]);
  return { status: "refused", targets: [], refusals: [{ reason: `${told}; raise its generation` }] };
}

async function holdOf(
  looking: Looking,
  act: Compiled["acts"][number],
  frozen: Freeze,
  devices: readonly TargetedDevice[],
): Promise<HoldView> {
  return {
    act: act.name,
    digest: "",
    place: `${act.origin.file}:${act.origin.line}`,
    reason: act.reason,
    author: "",
    ...(act.expectedDevices === undefined ? {} : { expectedDevices: act.expectedDevices }),
    expiresAt: act.expiresAt,
    status: frozen.status === "refused" ? "would be refused" : "would be held",
    ...(frozen.because === undefined ? {} : { because: frozen.because }),
    ...(await plannedRefusals(looking.store, frozen.refusals)),
    approvalsNeeded: looking.reconciler.approvals,
    approvalsIfSigned: looking.reconciler.verifiedApprovals,
    approvals: [],
    devices: await namedDevices(looking, await targetsOf(looking.store, frozen, devices, act.parameters)),
  };
}

function entryOf(act: Compiled["acts"][number], devices: number): PlanViewEntry {
  const verb = typeof act.verb === "string" ? act.verb : "by ownership";
  const place = `${act.origin.file}:${act.origin.line}`;
  return { action: "act", key: act.name, policy: "", devices, place, changes: [verb], reason: act.reason };
}

async function targeted(
  states: DesiredStates,
  target: Compiled["acts"][number]["target"],
  fleet: PreviewedFleet,
): Promise<{ readonly enrolled: readonly TargetedDevice[]; readonly byOwnWord: number }> {
  const found: TargetedDevice[] = [];
  let byOwnWord = 0;
  for await (const group of inSlices(fleet.groups)) {
    const subject = { facts: group.facts.body, named: group.named };
    const membership = states.membershipOf(group);
    if (!isActedOn(states.compiled, target, subject, membership)) {
      if (isTargeted(target, subject, membership)) byOwnWord += group.count;
      continue;
    }
    for (const { device, epoch } of await fleet.devicesOf(group))
      found.push({ device, epoch, facts: subject.facts });
  }
  return { enrolled: found, byOwnWord };
}

async function namedDevices(
  looking: Looking,
  targets: readonly DigestedTarget[],
): Promise<readonly HoldDevice[]> {
  const ids = targets.map((target) => target.device);
  const rows = ids.length === 0 ? [] : await listDevices(looking.store, { ids, limit: ids.length });
  const byId = new Map(rows.map((row) => [row.id, row]));
  const named = targets.map(({ device, verb, parameters }): HoldDevice => {
    const row = byId.get(device);
    const serial = row?.serial === undefined ? {} : { serial: row.serial };
    const ownership = row?.facts.ownership?.value;
    return {
      device,
      name: row?.alias ?? row?.serial ?? device,
      ...serial,
      verb,
      ...(ownership === undefined ? {} : { ownership }),
      lastSeenAt: row?.lastSeenAt ?? 0,
      status: "planned",
      ...afterwardsIn(canonical(parameters)),
    };
  });
  return byName(named);
}
