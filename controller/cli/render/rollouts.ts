import { stalledAfter } from "../../core/condition.ts";
import type { DeviceRollout, PlanRollout, RolloutCounts, RolloutView } from "../../loop/rollout-views.ts";
import { shortRevision } from "./digest.ts";
import { type Look, paint } from "./look.ts";
import { clean, count, counted, wrap } from "./text.ts";
import { ago, longTimespan } from "./time.ts";

/** Rollouts as `reeve rollout status` prints them; `policy` is the one that was asked for. */
export function renderRollouts(rollouts: readonly RolloutView[], look: Look, policy?: string): string {
  if (rollouts.length === 0 && policy !== undefined)
    return `Policy/${clean(policy)} declares no rollout: what changes in it reaches all its devices at once.\n`;
  if (rollouts.length === 0) return "No rollout is under way.\n";
  return `${rollouts.map((one) => blockOf(one, look).join("\n")).join("\n\n")}\n`;
}

function blockOf(view: RolloutView, look: Look): readonly string[] {
  const heading = `${paint(look, "bold", clean(view.policy))}  ${rolloutSentence(view)}`;
  const shares = view.waves.map(percent).join(" ");
  const lines = [
    `waves ${shares}, soak ${longTimespan(view.soakMs)}, paused when it was not judged for ${longTimespan(view.deadlineMs)}, or more than ${percent(view.maxFailed)} of the reports have failed for good: ${stalledAfter} times each, or refused`,
    ...(view.needed === undefined ? [] : [`judged by ${counted(view.needed, "report")} at least`]),
    ...lateLines(view),
    ...(view.counts?.reason === undefined
      ? []
      : [`first failure: ${clean(view.counts.device ?? "")} ${clean(view.counts.reason)}`]),
    ...view.versions.map(
      (one, index) =>
        `${index === 0 ? "newest" : "older "}  ${clean(shortRevision(one.revision) || "nothing")}  ${percent(one.share)}  ${ago(one.since, look.now)}${one.failed === undefined || index === 0 ? "" : `, failed: ${clean(one.failed)}; an abort returns nobody to it`}`,
    ),
    ...(view.status === "progressing"
      ? []
      : [`${view.status} by ${clean(view.by)} ${ago(view.since, look.now)}`]),
  ];
  return [
    ...wrap(heading, look.width),
    ...lines.flatMap((line) => wrap(line, look.width - 2, "  ").map((one) => `  ${one}`)),
  ];
}

/** `wave 2 of 3 (10%), soak 1 h 20 m left, 4 failed of 1,744 reported, 96 offline`; why it is paused stands last. */
export function rolloutSentence(view: RolloutView): string {
  const { status, wave, waves, share, counts, reason } = view;
  const why = reason === undefined ? "" : `: ${clean(reason)}`;
  if (status === "complete")
    return reason === undefined
      ? "complete: all devices have the newest version"
      : `complete; when its last wave ended ${clean(reason)}`;
  if (status === "aborted") return `aborted${why}`;
  const where = wave === 0 ? "before its first wave" : `wave ${wave} of ${waves.length} (${percent(share)})`;
  const parts = [where];
  if (status !== "paused" && wave > 0) parts.push(`soak ${longTimespan(view.soakLeftMs)} left`);
  if (counts !== undefined)
    parts.push(
      `${count(counts.failing)} failed${forGood(counts)} of ${count(counts.reported)} reported`,
      `${count(counts.offline)} offline`,
      ...notThere(counts),
    );
  return `${parts.join(", ")}${status === "paused" ? `, paused${why}${newer(view)}` : ""}`;
}

/** What came while it was paused. */
function newer({ policy, versions: [newest], since }: RolloutView): string {
  return newest !== undefined && newest.since > since
    ? `; a newer version came since and waits for reeve rollout resume ${clean(policy)}`
    : "";
}

/** Devices that lack the newest version and that no wave waits for. */
function lateLines({ counts }: RolloutView): readonly string[] {
  if (counts === undefined || counts.offline + counts.devices - counts.given === 0) return [];
  return [
    "who is offline or not given it yet holds up no wave as long as enough others report: they get it when they are heard, or what holds them ends",
  ];
}

/** Those that are tried again are not counted yet when it is decided whether to pause. */
function forGood({ failing, failed }: RolloutCounts): string {
  return failing === failed ? "" : ` (${count(failed)} for good)`;
}

/** Who waits for a window, and who for anything else. */
function notThere({ devices, given, waiting = 0, window }: RolloutCounts): readonly string[] {
  const others = devices - given - waiting;
  const late = window === undefined ? "its window" : clean(window);
  return [
    ...(waiting === 0 ? [] : [`${counted(waiting, "waits", "wait")} for ${late}`]),
    ...(others <= 0 ? [] : [`${count(others)} not given it yet (reeve explain DEVICE says why)`]),
  ];
}

/** What can be done about a rollout that goes no further by itself. */
export function rolloutHint({ status, policy, by }: RolloutView): string {
  // The next version ends a pause of reeve's own alone.
  if (status === "paused")
    return by === "reeve"
      ? `commit what mends it, or reeve rollout abort ${policy} --reason WHY, or resume`
      : `reeve rollout resume ${policy} --reason WHY, or abort`;
  return status === "aborted"
    ? `commit the version that its devices should have, or reeve rollout resume ${policy} --reason WHY`
    : "";
}

/** `Policy/security in waves 1% 10% 100%, soak 4 h; first 18 of 1,840 devices`. */
export function planRolloutLines(rollouts: readonly PlanRollout[] = [], width: number): readonly string[] {
  return rollouts.flatMap((one) =>
    wrap(`Rollout  Policy/${clean(one.policy)} ${clean(one.place)} ${planned(one)}`, width, "         "),
  );
}

function planned({ how, devices, first, waves, soakMs, wave = 0, status, by = "" }: PlanRollout): string {
  const later =
    status === "paused"
      ? `; ${clean(by)} has paused the rollout: none begins before a person resumes it`
      : "";
  const all = counted(devices, "device");
  switch (how) {
    case "back":
      return `goes back to an earlier version, on ${all} at once`;
    case "waves":
      return `in waves ${waves.map(percent).join(" ")}, soak ${longTimespan(soakMs)}; first ${count(first)} of ${all}${later}`;
    case "ends": {
      const where = wave === 0 ? "before its first wave" : `in wave ${wave} of ${waves.length}`;
      const stands = status === "progressing" ? "" : `, ${status} by ${clean(by)}`;
      return `declares no waves any more: its rollout ends ${where}${stands}, and the others of ${all} get what is in force at once`;
    }
    case "under-way": {
      if (status === "aborted") return `aborted: its newest version comes to none of ${all}`;
      const where = wave === 0 ? "before its first wave" : `wave ${wave} of ${waves.length}`;
      const stands = status === "paused" ? "under way and paused" : "under way";
      return `${stands}, ${where}: it has begun for ${count(first)} of ${all}, and the plan has nothing of it for the others`;
    }
  }
}

/** `security: in wave 3 (10% to 100%), has the version of 9d03e11 until then`. */
export function deviceRolloutText(one: DeviceRollout): string {
  const name = clean(one.policy);
  const version =
    one.revision === undefined ? "none of it" : `the version of ${clean(shortRevision(one.revision))}`;
  if (one.sees === "newest") return `${name}: its wave has begun, it is given ${version}`;
  if (one.status === "aborted") return `${name}: aborted, it has ${version}`;
  const { wave, from = 0, to = 1 } = one;
  if (wave === undefined) return `${name}: it has ${version}`;
  const place = `in ${one.about === true ? "about " : ""}wave ${wave} (${percent(from)} to ${percent(to)})`;
  if (one.status === "paused")
    return `${name}: ${place}, which does not begin while the rollout is paused; has ${version}`;
  return `${name}: ${place}, has ${version} until then`;
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))}%`;
}

export { percent as sharePercent };
