import { UserError } from "../errors.ts";
import { type Asked, type AskedDevices, askAnew } from "../store/ask-anew.ts";
import { type Person, requireGroup, say } from "./control.ts";
import { deviceNamed, type Looking } from "./view-devices.ts";
import type { ReconcileView } from "./views.ts";

/** Whom a person wants to be looked at now; with nothing only the source, and the records of all devices. */
export interface ReconcileScope {
  readonly device?: string;
  readonly group?: string;
  readonly all?: boolean;
}

/**
 * Looks at the source and compares all devices with it. The devices of the scope are moreover woken, report anew what
 * they have, and are given again at once what had failed; `pushesPerSecond` says how fast. Of Android devices, which
 * nobody wakes, Google's record is read. Answers what will happen.
 */
export async function reconcileNow(
  looking: Looking,
  scope: ReconcileScope,
  by: Person,
  pushesPerSecond: number | undefined,
): Promise<ReconcileView> {
  looking.reconciler.reconsider();
  const named = await whichOf(looking, scope);
  if (named === undefined)
    return { status: "requested", devices: 0, read: 0, withinMs: 0, notes: stopped(looking) };
  const at = looking.clock();
  const { notes, words, ...which } = named;
  const asked = await askAnew(looking.store, which, { at, dueAt: scope.device === undefined ? at : 0 });
  if (scope.device !== undefined && asked.devices === 0)
    throw new UserError("not-managed", `${scope.device} is not managed now, so it cannot be asked`);
  await say(looking, "reconcile.asked", words, by);
  return {
    status: "requested",
    devices: asked.devices,
    read: asked.read,
    withinMs:
      pushesPerSecond === undefined ? 0 : 1_000 * Math.ceil((asked.devices - asked.read) / pushesPerSecond),
    notes: [...stopped(looking), ...notes, ...unwoken(asked, pushesPerSecond), ...readOnly(asked)],
  };
}

type Named = AskedDevices & { readonly words: string; readonly notes: readonly string[] };

async function whichOf(looking: Looking, scope: ReconcileScope): Promise<Named | undefined> {
  const given = [scope.device, scope.group, scope.all || undefined].filter((one) => one !== undefined);
  if (given.length > 1) throw new UserError("scope", "name a device, or a group, or all");
  if (scope.device !== undefined) {
    const row = await deviceNamed(looking.store, scope.device);
    const because = row.granted?.body.because;
    const notes = because === undefined ? [] : [`only questions are asked (${because})`];
    return { devices: [row.id], words: `device ${row.alias ?? row.serial ?? row.id}`, notes };
  }
  if (scope.group !== undefined) {
    requireGroup(looking, scope.group);
    return { group: scope.group, words: `group ${scope.group}`, notes: [] };
  }
  return scope.all ? { words: "all devices", notes: [] } : undefined;
}

function stopped(looking: Looking): readonly string[] {
  return looking.reconciler.latches().halted === undefined
    ? []
    : ["the kill switch is on: nothing is sent until an approver lifts it"];
}

function readOnly({ read }: Asked): readonly string[] {
  if (read === 0) return [];
  const what = read === 1 ? "1 Android device" : `${read} Android devices`;
  return [
    `Google's record of ${what} is read within seconds; nothing wakes them, and each reports by itself about once a day`,
  ];
}

function unwoken({ devices, notWoken, read }: Asked, pushesPerSecond: number | undefined): readonly string[] {
  if (devices > read && pushesPerSecond === undefined)
    return ["nothing is pushed from here: a device is asked when it connects by itself"];
  if (notWoken === 0) return [];
  const what = notWoken === 1 ? "1 device has" : `${notWoken} devices have`;
  return [`${what} no valid push token: asked when it connects by itself`];
}
