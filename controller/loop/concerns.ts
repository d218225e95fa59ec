import { isolatingBudgetUsed } from "../core/isolation.ts";
import type { Concern } from "../store/concerns.ts";
import { noteConcerns } from "../store/concerns.ts";
import { countRetained } from "../store/retained.ts";
import { noteSilent } from "../store/silent-devices.ts";
import type { Looking } from "./view-devices.ts";
import type { StatusView } from "./views.ts";

/** What was not there for so long is over; a warning that comes and goes is one. */
const restMs = 10 * 60_000;

/**
 * Writes into the events what `reeve status` shows only as long as it lasts: warnings, reasons why devices make no
 * progress, and devices that were not heard of for long.
 */
export async function noteStanding(
  looking: Looking,
  { warnings, stalled, source }: Pick<StatusView, "warnings" | "stalled" | "source">,
): Promise<void> {
  const now = looking.clock();
  const found = new Map<string, Concern>();
  const note = (type: string, words: string, message: string): void => {
    // The same warning with another number, or another day, is the same.
    const key = `${type} ${words.replace(/\d+/g, "#")}`;
    if (!found.has(key)) found.set(key, { key, type, message });
  };
  for (const { message } of warnings) note("concern.began", message, message);
  if (source.error !== undefined)
    note("concern.began", "source", `the policies cannot be read: ${source.error}`);
  for (const { reason, devices, name } of stalled)
    note(
      "concern.stalled",
      reason,
      `${reason} (${devices} ${devices === 1 ? "device" : "devices"}, such as ${name})`,
    );
  const waiting = await countRetained(looking.store, "removal budget");
  if (waiting > 0)
    note(
      "removals.waiting",
      "",
      `${waiting} ${waiting === 1 ? "device keeps" : "devices keep"} what left: the removal budget is used up`,
    );
  const kept = await countRetained(looking.store, isolatingBudgetUsed);
  if (kept > 0)
    note(
      "isolating.waiting",
      "",
      `${kept} ${kept === 1 ? "device keeps its" : "devices keep their"} network or trusted certificates: the isolating budget is used up`,
    );
  await noteConcerns(looking.store, [...found.values()].slice(0, mostConcerns), now, restMs);
  await noteSilent(looking.store, now - looking.unreachableAfterMs, now);
}

/** A fleet in which everything is wrong differently says the most frequent. */
const mostConcerns = 500;
