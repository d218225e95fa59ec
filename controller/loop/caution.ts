import { type Coming, cautionOf, freezeReason } from "../core/caution.ts";
import type { Compiled } from "../core/compiled.ts";
import { deliveryVersion, rendererVersion } from "../core/compiled-content.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Snapshot } from "../git/source.ts";
import { listGroups } from "../store/admission.ts";
import { engage, engagedLatches, listControls, setControl } from "../store/control.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";
import { armedDevices, fleetUnder } from "./armed-fleet.ts";
import { fleetLosses } from "./fleet-losses.ts";
import { previewFleet } from "./preview-fleet.ts";
import { comparisonTime } from "./window-clock.ts";

/**
 * Notes what is only watched until a person resumes (core/caution.ts), and by whom devices are rendered for and
 * delivered to from now on.
 */
export async function watchFirst(
  store: Store,
  about: Omit<Coming, "rendered" | "delivers" | "devices"> & { readonly at: number },
): Promise<void> {
  const controls = await listControls(store);
  const rendered = controls.find((one) => one.name === "renderer")?.value;
  const delivers = controls.find((one) => one.name === "delivery")?.value;
  const by = { person: "reeve", at: about.at };
  const exemptAt = await comparisonTime(store, about.before, about.after, about.at);
  const devices = await armedDevices({ ...about, at: exemptAt }, () => fleetUnder(store, about.after));
  const { observe, armed } = cautionOf({ ...about, rendered, delivers, devices });
  if (armed !== undefined) await arm(store, armed, about.at);
  if (observe !== undefined) await setControl(store, "observe", observe, by);
  // Noted last: whoever is ended before does it again.
  if (delivers !== deliveryVersion) await setControl(store, "delivery", deliveryVersion, by);
  if (rendered !== rendererVersion) await setControl(store, "renderer", rendererVersion, by);
}

/** Told once, and before it engages: rather twice than not at all. */
async function arm(store: Store, reason: string, at: number): Promise<void> {
  const engaged = (await engagedLatches(store)).find(({ name }) => name === "armed");
  if (engaged?.reason.includes(reason) !== true)
    await appendEvents(store, [{ type: "changes.armed", at, message: `no change leaves: ${reason}` }]);
  await engage(store, { name: "armed", reason, by: "reeve", at });
}

/**
 * What was in force goes on under a new version as carefully as a new revision would, also where no source can be read.
 */
export async function watchUpgrade(
  store: Store,
  observeFirst: boolean,
  inForce: Compiled,
  at: number,
): Promise<void> {
  await watchFirst(store, { first: false, observeFirst, before: inForce, after: inForce, at });
}

/** Nothing is removed until a person resumes, when history was rewritten or a group would suddenly lose its members. */
export async function freezeRemovals(
  store: Store,
  snapshot: Snapshot,
  { before, states }: { readonly before: Compiled | undefined; readonly states: DesiredStates },
  at: number,
): Promise<void> {
  const groups = (await listGroups(store, "all", "admission")).filter((group) => group.kind !== "user");
  const fleet = await previewFleet(store, states.compiled, groups);
  const message = freezeReason(snapshot.rewritten, await fleetLosses(states, fleet.groups, before));
  if (message === undefined) return;
  await setControl(store, "frozen", `removals frozen: ${message}`, { person: "reeve", at });
  await appendEvents(store, [{ type: "removals.frozen", at, message, revision: snapshot.revision }]);
}
