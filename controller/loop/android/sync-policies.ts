import { placePolicies } from "../../android/place-policies.ts";
import { renderAndroidPolicy } from "../../core/android-policy/render-policy.ts";
import { listAndroidGroups } from "../../store/android-devices.ts";
import {
  forgetPolicy,
  idlePolicies,
  listAndroidPolicies,
  type PolicyRow,
} from "../../store/android-policies.ts";
import { variablesOf } from "../device-variables.ts";
import { moveDevices } from "./move-devices.ts";
import type { AndroidPorts } from "./ports.ts";
import { type RenderedGroup, renderGroups } from "./render-groups.ts";
import { isRefused, writePolicy } from "./write-policies.ts";

/** The policy of devices that have just enrolled: without one a device resets itself after five minutes. */
export const enrollmentPolicy = "reeve-enrollment";

/** What one pass came to. */
export interface Synced {
  /** Nothing was left to do. */
  readonly isSettled: boolean;
  /** Devices that Google does not have any more. */
  readonly gone: readonly string[];
  /** Why devices cannot be given what is granted to them, in words; each once. */
  readonly faults: readonly string[];
}

/**
 * Makes Google hold what is granted: policies are written where their content changed, devices are moved where theirs
 * is another one. Level-triggered: it may be called at any time, and goes on where it was cut off.
 */
export async function syncPolicies(ports: AndroidPorts): Promise<Synced> {
  const rows = new Map((await listAndroidPolicies(ports.store)).map((row) => [row.id, row]));
  await keepEnrollmentPolicy(ports, rows.get(enrollmentPolicy));
  const groups = await renderGroups(ports, await listAndroidGroups(ports.store));
  // What is being written holds nobody knows what.
  const known = [...rows.values()]
    .filter(({ id }) => id !== enrollmentPolicy)
    .map(({ id, hash, writing }) => ({ id, hash: writing ? "" : hash }));
  const { patches, moves } = placePolicies(known, groups);
  const unwritten = new Set<string>();
  const faults = new Set(groups.flatMap(({ fault }) => fault ?? []));
  for (const { id, hash } of patches) {
    const group = groups.find((one) => one.hash === hash && one.fixed !== true);
    if (group?.rendering === undefined) continue;
    if (!(await isWritten(ports, id, group, rows.get(id)))) unwritten.add(id);
  }
  const gone: string[] = [];
  for (const { from, to } of moves) {
    if (unwritten.has(to)) continue;
    const moved = await moveDevices(ports, from as RenderedGroup, to);
    gone.push(...moved.gone);
  }
  for (const id of unwritten) faults.add(`${id}: ${rows.get(id)?.refusal ?? "it was refused"}`);
  return { isSettled: patches.length + moves.length === 0, gone, faults: [...faults] };
}

async function isWritten(
  ports: AndroidPorts,
  id: string,
  { rendering, only }: RenderedGroup,
  row: PolicyRow | undefined,
): Promise<boolean> {
  if (rendering === undefined || isRefused(row, rendering.hash, ports.clock())) return false;
  const channel = only === undefined ? undefined : await ports.store.channels.read(only);
  const device = channel === undefined ? undefined : variablesOf(channel);
  return writePolicy(ports, { id, rendering, row, device });
}

const forEnrollment = renderAndroidPolicy({ items: [], inventory: [] }, () => undefined);

async function keepEnrollmentPolicy(ports: AndroidPorts, row: PolicyRow | undefined): Promise<void> {
  const { body, sources, hash } = forEnrollment;
  if (row?.hash === hash && !row.writing) return;
  if (isRefused(row, hash, ports.clock())) return;
  await writePolicy(ports, { id: enrollmentPolicy, rendering: { hash, items: {}, sources, body }, row });
}

const idleMs = 24 * 3_600_000;

/** Deletes policies at Google that nobody has had for a day; one that is still referenced there Google keeps. */
export async function collectIdle(ports: AndroidPorts): Promise<void> {
  for (const id of await idlePolicies(ports.store, ports.clock() - idleMs)) {
    if (id === enrollmentPolicy) continue;
    await ports.google.deletePolicy(id);
    await forgetPolicy(ports.store, id);
  }
}
