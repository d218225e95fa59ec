import { newlyArmed } from "../core/armed.ts";
import { changedUnderRules } from "../core/armed-settings.ts";
import type { Compiled } from "../core/compiled.ts";
import { deliveryVersion, rendererVersion } from "../core/compiled-content.ts";
import type { DesiredStates } from "../core/desired-states.ts";
import type { Snapshot } from "../git/source.ts";
import { listGroups } from "../store/admission.ts";
import { engage, listControls, setControl } from "../store/control.ts";
import { appendEvents } from "../store/events.ts";
import type { Store } from "../store/open.ts";
import { fleetLosses } from "./fleet-losses.ts";
import { previewFleet } from "./preview-fleet.ts";

const readPlan = "read `reeve plan`, then `reeve resume observe`";
const readArmed = "read `reeve plan`, then two approvers say `reeve resume armed`";

/**
 * Until a person resumes, these are only watched: the first revision ever, the first that this program renders
 * otherwise, and one under which more devices erase themselves, or after fewer wrong passcodes.
 */
export async function watchFirst(
  store: Store,
  about: {
    readonly first: boolean;
    readonly observeFirst: boolean;
    readonly before: Compiled | undefined;
    readonly after: Compiled;
    readonly at: number;
  },
): Promise<void> {
  const controls = await listControls(store);
  const rendered = controls.find((one) => one.name === "renderer")?.value;
  const by = { person: "reeve", at: about.at };
  const reasons: string[] = [];
  if (about.observeFirst && about.first) reasons.push("first synchronisation");
  else if (about.observeFirst && rendered !== undefined && rendered !== rendererVersion)
    reasons.push("this version renders profiles otherwise");
  const armed = armedBy(about.before, about.after);
  // With the first revision of all somebody looks anyway, and no device has been given anything.
  if (armed !== undefined && about.first) reasons.push(armed);
  else if (armed !== undefined)
    await engage(store, { name: "armed", reason: `${armed}: ${readArmed}`, by: "reeve", at: about.at });
  // Who was rendered for before had every profile by InstallProfile.
  const delivers = controls.find((one) => one.name === "delivery")?.value;
  if (about.observeFirst && rendered !== undefined && delivers !== deliveryVersion)
    reasons.push("this version gives profiles by declaration where devices support it");
  if (reasons.length > 0) await setControl(store, "observe", `${reasons.join("; ")}: ${readPlan}`, by);
  // Noted last: whoever is ended before does it again.
  if (delivers !== deliveryVersion) await setControl(store, "delivery", deliveryVersion, by);
  if (rendered !== rendererVersion) await setControl(store, "renderer", rendererVersion, by);
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

/** One sentence about what lets devices erase themselves sooner than before, or undefined when nothing does. */
export function armedBy(before: Compiled | undefined, after: Compiled): string | undefined {
  const found = [...newlyArmed(before, after), ...changedUnderRules(before, after)];
  if (found.length === 0) return undefined;
  return found.length > 2
    ? `${found.slice(0, 2).join(", ")}, and ${found.length - 2} more`
    : found.join(", ");
}

/** Nothing is removed until a person resumes, when history was rewritten or a group would suddenly lose its members. */
export async function freezeRemovals(
  store: Store,
  snapshot: Snapshot,
  { before, states }: { readonly before: Compiled | undefined; readonly states: DesiredStates },
  at: number,
): Promise<void> {
  const reasons: string[] = [];
  if (snapshot.rewritten) reasons.push("the history of the repository was rewritten");
  const groups = (await listGroups(store, "all", "admission")).filter((group) => group.kind !== "user");
  const fleet = await previewFleet(store, states.compiled, groups);
  const losses = await fleetLosses(states, fleet.groups, before);
  if (losses !== undefined) reasons.push(losses);
  if (reasons.length === 0) return;
  const message = reasons.join("; ");
  await setControl(store, "frozen", `removals frozen: ${message}`, { person: "reeve", at });
  await appendEvents(store, [{ type: "removals.frozen", at, message, revision: snapshot.revision }]);
}
