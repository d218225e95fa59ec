import { rendererVersion } from "../core/compiled-content.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Snapshot } from "../git/source.ts";
import { listGroups } from "../store/admission.ts";
import { listControls, setControl } from "../store/control.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";
import { fleetLosses } from "./fleet-losses.ts";
import { previewFleet } from "./preview-fleet.ts";

const readPlan = "read `reeve plan`, then `reeve resume observe`";

/** Until a person resumes, the first revision ever and the first that this program renders otherwise are only watched. */
export async function watchFirst(
  store: Store,
  about: { readonly first: boolean; readonly observeFirst: boolean; readonly at: number },
): Promise<void> {
  const controls = await listControls(store);
  const rendered = controls.find((one) => one.name === "renderer")?.value;
  const by = { person: "reeve", at: about.at };
  if (about.observeFirst && about.first)
    await setControl(store, "observe", `first synchronisation: ${readPlan}`, by);
  else if (about.observeFirst && rendered !== undefined && rendered !== rendererVersion)
    await setControl(store, "observe", `this version renders profiles otherwise: ${readPlan}`, by);
  // Noted last: whoever is ended before does it again.
  if (rendered !== rendererVersion) await setControl(store, "renderer", rendererVersion, by);
}

/** Nothing is removed until a person resumes, when history was rewritten or a group would suddenly lose its members. */
export async function freezeRemovals(
  store: Store,
  snapshot: Snapshot,
  states: DesiredStates,
  at: number,
): Promise<void> {
  const reasons: string[] = [];
  if (snapshot.rewritten) reasons.push("the history of the repository was rewritten");
  const groups = (await listGroups(store, "all", "admission")).filter((group) => group.kind !== "user");
  const fleet = await previewFleet(store, states.compiled, groups);
  const losses = await fleetLosses(states, fleet.groups);
  if (losses !== undefined) reasons.push(losses);
  if (reasons.length === 0) return;
  const message = reasons.join("; ");
  await setControl(store, "frozen", `removals frozen: ${message}`, { person: "reeve", at });
  await appendEvents(store, [{ type: "removals.frozen", at, message, revision: snapshot.revision }]);
}
