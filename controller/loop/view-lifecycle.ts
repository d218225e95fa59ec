import { portalNames, recordStates, releasePortals } from "../core/lifecycle.ts";
import type { DeviceRow } from "../store/devices.ts";
import { countLifecycles, type LifecycleCounts, type LifecycleRow } from "../store/lifecycle.ts";
import type { Store } from "../store/open.ts";
import type { DepartedCondition, LifecycleView, UnansweredView } from "./lifecycle-views.ts";
import type { StatusView } from "./views.ts";

/** What became of a device that was deprovisioned, and an end of management that nobody has answered. */
export function viewLifecycle({ lifecycle, unanswered }: DeviceRow): {
  readonly lifecycle?: LifecycleView;
  readonly unanswered?: UnansweredView;
} {
  return {
    ...(lifecycle === undefined ? {} : { lifecycle: withoutNull(lifecycle) as LifecycleView }),
    ...(unanswered === undefined ? {} : { unanswered }),
  };
}

function withoutNull({ releases, ...one }: LifecycleRow): object {
  const present = (all: object) =>
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  return { ...present(one), releases: releases.map(present) };
}

/** How a device stands that is not managed any more. */
export function departedCondition({ lifecycle, unanswered }: DeviceRow): DepartedCondition {
  if (lifecycle === undefined) return { type: "Unreachable", reason: "Left", message: leftText(unanswered) };
  const { state, releases } = lifecycle;
  const portals = releases.map(({ portal }) => portalNames[portal]);
  const message = [
    state,
    ...(portals.length === 0 ? [] : [`still in ${portals.join(" and ")}: it comes back by itself`]),
    ...whatComes(lifecycle),
  ].join("; ");
  if (portals.length > 0) return { type: "ReleasePending", reason: "NotReleased", message };
  return { type: "Deprovisioned", reason: reasons[state], message };
}

const reasons: Readonly<Record<LifecycleRow["state"], string>> = {
  "in-repair": "InRepair",
  "in-stock": "InStock",
  retired: "Retired",
  lost: "Lost",
};

function leftText(unanswered: DeviceRow["unanswered"]): string {
  const left = "its management was removed";
  return unanswered === undefined
    ? left
    : `${left}; ${unanswered.verb} (${unanswered.act}) was never answered`;
}

function whatComes(row: LifecycleRow): readonly string[] {
  const { mayEnroll, reenrollGroup, eraseAt, erasedAt, refusedAt } = row;
  const day = (at: number): string => new Date(at).toISOString().slice(0, 10);
  if (mayEnroll)
    return [`it may enroll again${reenrollGroup === null ? "" : `, into the group ${reenrollGroup}`}`];
  return [
    "it may not enroll again",
    ...(refusedAt === null ? [] : [`it asked to on ${day(refusedAt)}, and was refused`]),
    ...(erasedAt !== null
      ? [`its personal records were erased on ${day(erasedAt)}`]
      : eraseAt !== null
        ? [`its personal records are erased on ${day(eraseAt)}`]
        : []),
  ];
}

/** What `status` says of devices that were deprovisioned, or are being. */
export async function lifecycleStatus(
  store: Store,
  now: number,
): Promise<Pick<StatusView, "lifecycle" | "warnings">> {
  const counts = await countLifecycles(store, now);
  return {
    lifecycle: counts.states,
    warnings: [...waiting(counts, now), ...toErase(counts), ...toRelease(counts)],
  };
}

function waiting({ unanswered, refused }: LifecycleCounts, now: number): StatusView["warnings"] {
  const { devices, since } = unanswered;
  // Since when, and not for how long: as a piece of news it stays the same.
  const day = new Date(since ?? now).toISOString().slice(0, 10);
  return [
    ...(devices === 0
      ? []
      : [
          {
            message: `${numbered(devices, "was", "were")} sent a wipe, or the end of management, without an answer, the first on ${day}`,
            hint: "reeve devices --state unanswered",
          },
        ]),
    ...(refused === 0
      ? []
      : [
          {
            message: `${refused === 1 ? "1 retired device" : `${refused} retired devices`} asked to enroll again and ${refused === 1 ? "was" : "were"} refused`,
            hint: "reeve devices --state retired",
          },
        ]),
  ];
}

function toErase({ unerased }: LifecycleCounts): StatusView["warnings"] {
  if (unerased === 0) return [];
  const devices = unerased === 1 ? "1 retired device" : `${unerased} retired devices`;
  return [
    {
      message: `the personal records of ${devices} could not be erased when they were due`,
      hint: "reeve events --type lifecycle.erasure-failed; the daemon's log says why",
    },
  ];
}

function toRelease({ releases }: LifecycleCounts): StatusView["warnings"] {
  return releasePortals.flatMap((portal) => {
    const count = releases[portal] ?? 0;
    if (count === 0) return [];
    const message = `${numbered(count, "is", "are")} retired and still in ${portalNames[portal]}: ReleasePending`;
    return [{ message, hint: "reeve devices --state release-pending" }];
  });
}

function numbered(count: number, one: string, many: string): string {
  return count === 1 ? `1 device ${one}` : `${count} devices ${many}`;
}

/** The words that `--state` takes. */
export const lifecycleFilters = [...recordStates, "release-pending", "unanswered"] as const;
