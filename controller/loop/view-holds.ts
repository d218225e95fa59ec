import { isDestructive, type Verb } from "../core/intent.ts";
import type { Afterwards } from "../core/lifecycle.ts";
import { countReady, type Hold, listHolds, listReady } from "../store/approvals.ts";
import { destructiveBudget } from "../store/destruction.ts";
import type { Store } from "../store/open.ts";
import { byName, type HoldDevice, type HoldView } from "./hold-view.ts";
import type { Looking } from "./view-devices.ts";
import type { StatusView } from "./views.ts";

/** Everything that waits for an approval, the oldest first. */
export async function viewHolds(looking: Looking): Promise<readonly HoldView[]> {
  const holds = await listHolds(looking.store);
  const views = holds.map((hold) => viewHold(looking, hold));
  const budget = await budgetFor(looking, views);
  return views.map((view) => (destroys(view) ? { ...view, ...budget } : view));
}

/** What leaves without another word: approved, or in need of no approval, and not sent to all of its devices yet. */
export async function viewReady(looking: Looking): Promise<readonly HoldView[]> {
  const now = looking.clock();
  const ready = (await listReady(looking.store)).filter(({ expiresAt }) => expiresAt > now);
  const views = ready.map((hold) => viewHold(looking, hold));
  return views.map(({ because: _held, ...view }, index) => ({
    ...view,
    status: "leaving",
    ...waitsFor(ready[index]),
  }));
}

/** What waits in numbers, and when the first of what cools off leaves. */
export function sumOfHolds(holds: readonly Hold[], now: number): StatusView["holds"] {
  const waits = holds.flatMap(({ readyIn }) => readyIn ?? []);
  const cooling = waits.length === 0 ? {} : { cooling: waits.length, leavesAt: now + Math.min(...waits) };
  return { acts: holds.length, devices: holds.reduce((all, hold) => all + hold.count, 0), ...cooling };
}

/** How many such acts there are; absent when none. */
export async function readyActs(store: Store): Promise<{ readonly ready?: number }> {
  const ready = await countReady(store);
  return ready === 0 ? {} : { ready };
}

/** What the gate said when it did not let it go. */
function waitsFor(hold: Hold | undefined): Pick<HoldView, "because"> {
  const notes = hold?.targets.flatMap(({ status, note }) => (status === "ready" ? (note ?? []) : [])) ?? [];
  const because = [...new Set(notes)].slice(0, 3).join("; ");
  return because === "" ? {} : { because };
}

/** What is used and left of the destructive budget, where something needs it. */
export async function budgetFor(
  { store }: Looking,
  views: readonly Pick<HoldView, "devices">[],
): Promise<Pick<HoldView, "budget">> {
  const budget = views.some(destroys) ? await destructiveBudget(store) : undefined;
  return budget === undefined ? {} : { budget };
}

/** True when it destroys something on one of its devices. */
export function destroys({ devices }: Pick<HoldView, "devices">): boolean {
  return devices.some(({ verb, device }) => isDestructive({ type: "act", act: device, verb: verb as Verb }));
}

/** What was noted when it was held, or held again; else what it does says it. */
function becauseOf({ targets, vouched }: Hold): Pick<HoldView, "because"> {
  if (!vouched) return { because: "its record is not what reeve has filed: nobody may approve it" };
  const held = targets.filter((target) => target.status === "held");
  const notes = held.flatMap(({ note, verb, device }) => {
    if (note !== undefined) return [note];
    return isDestructive({ type: "act", act: device, verb }) ? ["it destroys data or ends management"] : [];
  });
  const because = [...new Set(notes)].slice(0, 3).join("; ");
  return because === "" ? {} : { because };
}

/** What becomes of the record of a device with these parameters of its own. */
export function afterwardsIn(parameters: string): Pick<HoldDevice, "afterwards"> {
  try {
    const { afterwards, forget } = JSON.parse(parameters) as Partial<Record<string, unknown>>;
    if (forget === true)
      return { afterwards: { record: "deleted", mayEnroll: true, erased: true, releases: [] } };
    const { record, mayEnroll, reenrollGroup, erased, releases } = afterwards as Afterwards;
    const group = reenrollGroup === undefined ? {} : { reenrollGroup };
    return { afterwards: { record, mayEnroll, ...group, erased, releases: [...releases] } };
  } catch {
    return {};
  }
}

/** What is over stays held until the next pass ends it: nobody can approve it any more. */
function standing({ readyIn, expiresAt }: Hold, now: number): Pick<HoldView, "status" | "leavesAt"> {
  if (expiresAt <= now) return { status: "expired" };
  return readyIn === undefined ? { status: "held" } : { status: "cooling", leavesAt: now + readyIn };
}

/** One hold with its devices. */
function viewHold(looking: Looking, hold: Hold): HoldView {
  const origin = looking.reconciler.current()?.compiled.acts.find((act) => act.name === hold.name);
  const place = origin === undefined ? {} : { place: `${origin.origin.file}:${origin.origin.line}` };
  const expected = origin?.expectedDevices === undefined ? {} : { expectedDevices: origin.expectedDevices };
  const devices = hold.targets.map((target): HoldDevice => {
    const { ownership } = target;
    return {
      device: target.device,
      name: target.alias ?? target.serial ?? target.device,
      ...(target.serial === undefined ? {} : { serial: target.serial }),
      verb: target.verb,
      ...(ownership === undefined ? {} : { ownership }),
      lastSeenAt: target.lastSeenAt ?? 0,
      status: target.status,
      ...afterwardsIn(target.parameters),
    };
  });
  return {
    act: hold.name,
    digest: hold.digest,
    ...place,
    reason: hold.reason,
    author: hold.author,
    ...(hold.verified ? { verified: true } : {}),
    ...expected,
    expiresAt: hold.expiresAt,
    ...standing(hold, looking.clock()),
    ...becauseOf(hold),
    approvalsNeeded: hold.needs,
    approvals: hold.approvedBy.map((by) => ({ by, at: 0 })),
    devices: byName(devices),
    ...(hold.total > devices.length ? { count: { devices: hold.total, waiting: hold.count } } : {}),
  };
}
