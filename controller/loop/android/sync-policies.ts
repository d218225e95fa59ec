import { placePolicies } from "../../android/place-policies.ts";
import { renderAndroidPolicy } from "../../core/android-policy/render-policy.ts";
import { Stalled } from "../../errors.ts";
import { listAndroidGroups, noteAwaited } from "../../store/android-groups.ts";
import {
  forgetPolicy,
  idlePolicies,
  keepPolicy,
  listAndroidPolicies,
  type PolicyRow,
} from "../../store/android-policies.ts";
import { variablesOf } from "../device-variables.ts";
import { type HowMoved, moveDevices } from "./move-devices.ts";
import type { Patience } from "./patience.ts";
import type { AndroidPorts } from "./ports.ts";
import { type RenderedGroup, renderGroups } from "./render-groups.ts";
import { withLosses } from "./stopped-removals.ts";
import { isHaltedNow, stoppedWrite } from "./stopped-writes.ts";
import { isPutOff, type PolicyWrite, writePolicy } from "./write-policies.ts";

/** The policy of devices that have just enrolled: without one a device resets itself after five minutes. */
export const enrollmentPolicy = "reeve-enrollment";

/** What one pass came to. */
export interface Synced {
  /** Nothing was left to do. */
  readonly isSettled: boolean;
  /** Why devices cannot be given what is granted to them, in words; each once. */
  readonly faults: readonly string[];
}

/**
 * Makes Google hold what is granted: policies are written where their content changed, devices are moved where theirs
 * is another one. Level-triggered: it may be called at any time, and goes on where it was cut off.
 */
export async function syncPolicies(ports: AndroidPorts, how: HowMoved): Promise<Synced> {
  const { patience, moving } = how;
  const rows = new Map((await listAndroidPolicies(ports.store)).map((row) => [row.id, row]));
  await keepEnrollmentPolicy(ports, rows.get(enrollmentPolicy), patience);
  const rendered = await renderGroups(ports, await listAndroidGroups(ports.store));
  const groups = await withLosses(ports.store, rows, rendered);
  // What is being written holds nobody knows what.
  const known = [...rows.values()]
    .filter(({ id }) => id !== enrollmentPolicy)
    .map(({ id, hash, writing }) => ({ id, hash: writing ? "" : hash }));
  const { patches, moves } = placePolicies(known, groups);
  const unwritten = new Map<string, string>();
  const faults = new Set(groups.flatMap(({ fault }) => fault ?? []));
  const renderedAs = new Map(groups.flatMap((one) => (one.fixed === true ? [] : [[one.hash, one] as const])));
  let everything = false;
  for (const { id, hash } of patches) {
    const group = renderedAs.get(hash);
    if (group?.rendering === undefined) continue;
    const { rendering, only } = group;
    const holders = groups.filter((one) => one.on === id);
    const takes = holders.some((one) => one.hash === hash && one.loses !== undefined);
    const stopped = async (): Promise<string | undefined> => {
      const found = await stoppedWrite(ports.store, { id, holders, takes });
      everything ||= found?.everything === true;
      return found?.reason;
    };
    const reason = await write(ports, { id, rendering, row: rows.get(id), stopped }, only, patience);
    // What is stopped says so itself, and the latch comes off by a person.
    if (everything) return { isSettled: true, faults: [...faults] };
    if (reason !== undefined) unwritten.set(id, reason);
  }
  const open = moves.filter(({ to }) => !unwritten.has(to));
  await noteAwaited(
    ports.store,
    moves
      .filter(({ to }) => unwritten.has(to))
      .map(({ from, to }) => {
        const { granted, on: policy, only } = from as RenderedGroup;
        return { granted, policy, only, awaited: to };
      }),
  );
  await moving.begin(open.reduce((sum, { from }) => sum + from.devices, 0));
  for (const { from, to } of open) await moveDevices(ports, from as RenderedGroup, to, how);
  await moving.end();
  for (const [id, reason] of unwritten) faults.add(`${id}: ${reason}`);
  return { isSettled: patches.length + moves.length === 0, faults: [...faults] };
}

async function write(
  ports: AndroidPorts,
  policy: PolicyWrite,
  only: string | undefined,
  patience: Patience,
): Promise<string | undefined> {
  const { row, rendering } = policy;
  if (isPutOff(row, rendering.hash, ports.clock())) return row?.refusal ?? "it is tried again later";
  const channel = only === undefined ? undefined : await ports.store.channels.read(only);
  const device = channel === undefined ? undefined : variablesOf(channel);
  return writePolicy(ports, { ...policy, device }, patience);
}

const forEnrollment = renderAndroidPolicy({ items: [], inventory: [] }, () => undefined);

async function keepEnrollmentPolicy(
  ports: AndroidPorts,
  row: PolicyRow | undefined,
  patience: Patience,
): Promise<void> {
  const { body, sources, hash } = forEnrollment;
  if (row?.hash === hash && !row.writing) return;
  const rendering = { hash, items: {}, sources, body };
  // Also while devices are only watched: without one they reset themselves.
  const stopped = async () => ((await isHaltedNow(ports.store)) ? "the kill switch is on" : undefined);
  await write(ports, { id: enrollmentPolicy, rendering, row, stopped }, undefined, patience);
}

const idleMs = 24 * 3_600_000;

/**
 * Deletes policies at Google that nobody has had for a day. One that is referenced there, whatever reeve knows, Google
 * keeps (policies.delete); it is asked again a day later.
 */
export async function collectIdle(ports: AndroidPorts, patience: Patience): Promise<void> {
  const { store, clock, google } = ports;
  for (const id of await idlePolicies(store, clock() - idleMs)) {
    if (id === enrollmentPolicy) continue;
    try {
      await google.deletePolicy(id);
      patience.answered();
      await forgetPolicy(store, id);
    } catch (error) {
      if (error instanceof Stalled) patience.answered();
      else patience.failed(error);
      await keepPolicy(store, id, clock());
    }
  }
}
