import { freshChannel } from "../core/channel.ts";
import { type Condition, conditionOf } from "../core/condition.ts";
import { nothingObserved } from "../core/observed.ts";
import type { Situation } from "../core/situation.ts";
import { inSlices } from "../slices.ts";
import { countStatus, type StatusGroup } from "../store/status.ts";
import type { Looking } from "./view-devices.ts";
import type { Counts, ReasonView, StatusView } from "./views.ts";

type Tally = { -readonly [K in keyof Counts]: Counts[K] };

/** Devices by platform and condition, and why some are stalled or held, the most frequent reason first. */
export async function countFleet(
  looking: Looking,
): Promise<Pick<StatusView, "platforms" | "total" | "stalled" | "held" | "warnings">> {
  const { store, clock, unreachableAfterMs } = looking;
  const now = clock();
  const groups = await countStatus(store, now - unreachableAfterMs);
  const platforms = new Map<string, Tally>();
  const { frozen } = looking.reconciler.latches();
  const isFrozen = ({ message }: Condition): boolean => frozen !== undefined && message.endsWith(frozen);
  const stalled: Reasons = new Map();
  const held: Reasons = new Map();
  const note = (platform: string, condition: Condition, { count, example, name }: StatusGroup): void => {
    const tally = platforms.get(platform) ?? emptyTally();
    platforms.set(platform, tally);
    tally.total += count;
    tally[columnOf(condition)] += count;
    if (condition.type === "Stalled") add(stalled, condition.message, { count, example, name });
    else if (toldHere.has(condition.reason) && !isFrozen(condition))
      add(held, condition.message, { count, example, name });
  };
  for await (const group of inSlices(groups)) note(platformOf(group), judge(group, looking, now), group);
  return {
    platforms: [...platforms]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([platform, tally]) => ({ platform, ...tally })),
    total: sum([...platforms.values()]),
    stalled: inOrder(stalled),
    held: inOrder(held),
    warnings: apart(groups),
  };
}

/** What holds devices that no other line of the status tells of: acts, latches and suspensions have theirs. */
const toldHere: ReadonlySet<string> = new Set(["RemovalHeld", "AwaitsWindow"]);

type Reasons = Map<string, { readonly devices: number; readonly example: string; readonly name: string }>;

function add(
  reasons: Reasons,
  message: string,
  group: Pick<StatusGroup, "count" | "example" | "name">,
): void {
  const { example, name, devices } = reasons.get(message) ?? { ...group, devices: 0 };
  reasons.set(message, { devices: devices + group.count, example, name });
}

function inOrder(reasons: Reasons): readonly ReasonView[] {
  return [...reasons]
    .map(([reason, one]) => ({ reason, ...one }))
    .sort((a, b) => b.devices - a.devices || (a.reason < b.reason ? -1 : 1));
}

/** Devices that somebody has to see to one by one, whatever their condition. */
function apart(groups: readonly StatusGroup[]): StatusView["warnings"] {
  const count = (is: (group: StatusGroup) => boolean): number =>
    groups.filter(is).reduce((all, group) => all + group.count, 0);
  const found = [
    [count((one) => one.suspended), "suspended one by one", "reeve devices --condition Held"],
    [
      count((one) => one.status === "quarantined"),
      "quarantined: only asked questions",
      "reeve resume device NAME",
    ],
    [
      // Nobody pushes Android devices.
      count((one) => one.tokenDead && platformOf(one) !== "android"),
      "without a valid push token: cannot be woken",
      "it heals when the device connects",
    ],
  ] as const;
  return found.flatMap(([devices, what, hint]) =>
    devices === 0 ? [] : [{ message: `${devices} ${devices === 1 ? "device" : "devices"} ${what}`, hint }],
  );
}

/** How each device of a group stands: by the same function that judges one. */
export function judge(group: StatusGroup, looking: Looking, now: number): Condition {
  const situation: Situation = {
    device: group.example,
    channel: "",
    epoch: 0,
    allows: group.status === "enrolled" ? "all" : "queries",
    granted: group.granted?.body,
    observed: group.observed?.body ?? nothingObserved,
    state: { ...freshChannel, progress: group.progress },
    acts: group.acts.map((act) => ({ ...act, parameters: {} })),
    declared: group.declared?.body,
    licences: group.licences ?? undefined,
    refusal: group.refusal ?? undefined,
    halted: looking.reconciler.latches().halted !== undefined,
  };
  const lastSeenAt = group.silent ? now - looking.unreachableAfterMs - 1 : now;
  return conditionOf(situation, { lastSeenAt, now, unreachableAfterMs: looking.unreachableAfterMs });
}

function platformOf(group: StatusGroup): string {
  return group.facts?.body.platform?.value ?? "unknown";
}

function columnOf(condition: Condition): Exclude<keyof Tally, "total"> {
  return condition.type.toLowerCase() as Exclude<keyof Tally, "total">;
}

function emptyTally(): Tally {
  return { total: 0, ready: 0, reconciling: 0, stalled: 0, held: 0, unreachable: 0 };
}

function sum(tallies: readonly Tally[]): Counts {
  const total = emptyTally();
  for (const tally of tallies)
    for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += tally[key];
  return total;
}
