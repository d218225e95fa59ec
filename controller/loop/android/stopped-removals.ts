import { anyPolicy, takenAway, type WrittenPolicy } from "../../core/android-policy/taken-away.ts";
import { findRenderings, type PolicyRow } from "../../store/android-policies.ts";
import { listControls } from "../../store/control.ts";
import type { Store } from "../../store/open.ts";
import type { RenderedGroup } from "./render-groups.ts";

/** True while a person, or a guard, has stopped all removals (`reeve suspend removals`). */
async function removalsStopped(store: Store): Promise<boolean> {
  return (await listControls(store)).some(({ name }) => name === "frozen");
}

/**
 * The same groups, and what each would lose by the policy that is granted to it, against what Google's last known
 * answer said of the policy that it has. While removals are stopped those that would lose something stay as they are,
 * whatever was granted before.
 */
export async function withLosses(
  store: Store,
  rows: ReadonlyMap<string, PolicyRow>,
  groups: readonly RenderedGroup[],
): Promise<readonly RenderedGroup[]> {
  const changing = groups.filter((one) => one.fixed !== true && !isHeld(one, rows));
  if (changing.length === 0) return groups;
  const versions = [...new Set(changing.flatMap(({ on }) => on ?? []))].flatMap((policy) => {
    const version = rows.get(policy)?.version;
    return version === undefined ? [] : [{ policy, version }];
  });
  const written = await findRenderings(store, versions);
  const isStopped = await removalsStopped(store);
  return groups.map((group) => {
    if (!changing.includes(group) || group.rendering === undefined || group.on === undefined) return group;
    const before = policyBefore(rows.get(group.on), written);
    const loses = before === undefined ? [] : takenAway(before, group.rendering);
    if (loses.length === 0) return group;
    if (!isStopped) return { ...group, loses };
    return { ...group, loses, fixed: true, fault: `${loses.join(", ")}: stays while removals are stopped` };
  });
}

function isHeld({ on, hash }: RenderedGroup, rows: ReadonlyMap<string, PolicyRow>): boolean {
  const row = on === undefined ? undefined : rows.get(on);
  return row?.hash === hash && !row.writing;
}

/** Undefined for the policy of devices that have just enrolled, which gave them nothing. */
function policyBefore(
  row: PolicyRow | undefined,
  written: ReadonlyMap<string, WrittenPolicy & { readonly hash: string }>,
): WrittenPolicy | undefined {
  if (row === undefined) return anyPolicy;
  const held = written.get(`${row.id}@${row.version}`);
  // One that is to be written again as it was, somebody else has written meanwhile.
  if (held === undefined || (row.writing && held.hash === row.hash)) return anyPolicy;
  return held;
}
