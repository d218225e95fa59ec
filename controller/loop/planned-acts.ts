import type { Compiled } from "../core/compiled.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import { freeze, type TargetedDevice } from "../core/freeze.ts";
import { isTargeted } from "../core/membership.ts";
import { inSlices } from "../slices.ts";
import { listDevices } from "../store/devices.ts";
import { knownOf } from "./file-acts.ts";
import type { PreviewedFleet } from "./preview-fleet.ts";
import type { Looking } from "./view-devices.ts";
import type { HoldDevice, HoldView } from "./views.ts";

/** The destructive acts that a revision would file, with the devices they would hit now. */
export async function plannedActs(
  looking: Looking,
  states: DesiredStates,
  fleet: PreviewedFleet,
): Promise<readonly HoldView[]> {
  const { compiled } = states;
  const known = await knownOf(looking.store, compiled.acts);
  const views: HoldView[] = [];
  for (const act of compiled.acts) {
    if (known.has(act) || act.expiresAt <= looking.clock()) continue;
    const devices = await targeted(states, act.target, fleet);
    const frozen = freeze(act, devices, looking.clock());
    if (frozen.status === "ready") continue;
    if (frozen.status === "refused" && typeof act.verb === "string" && act.verb !== "wipe") continue;
    views.push({
      act: act.name,
      digest: "",
      place: `${act.origin.file}:${act.origin.line}`,
      reason:
        frozen.status === "refused"
          ? `${act.reason} (refused: ${frozen.refusals[0]?.reason ?? ""})`
          : act.reason,
      author: "",
      ...(act.expectedDevices === undefined ? {} : { expectedDevices: act.expectedDevices }),
      expiresAt: act.expiresAt,
      status: frozen.status === "refused" ? "would be refused" : "would be held",
      approvalsNeeded: looking.reconciler.approvals,
      approvals: [],
      devices: await namedDevices(looking, frozen.targets),
    });
  }
  return views;
}

async function targeted(
  states: DesiredStates,
  target: Compiled["acts"][number]["target"],
  fleet: PreviewedFleet,
): Promise<readonly TargetedDevice[]> {
  const found: TargetedDevice[] = [];
  for await (const group of inSlices(fleet.groups)) {
    const subject = { facts: group.facts.body, named: group.named };
    if (!isTargeted(target, subject, states.membershipOf(group))) continue;
    for (const { device, epoch } of await fleet.devicesOf(group))
      found.push({ device, epoch, facts: subject.facts });
  }
  return found;
}

async function namedDevices(
  looking: Looking,
  targets: readonly { readonly device: string; readonly verb: string }[],
): Promise<readonly HoldDevice[]> {
  const ids = targets.map((target) => target.device);
  const rows = ids.length === 0 ? [] : await listDevices(looking.store, { ids, limit: ids.length });
  const byId = new Map(rows.map((row) => [row.id, row]));
  return targets.map(({ device, verb }) => {
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
    };
  });
}
