import type { CompiledPolicy, ItemUse } from "./compiled.ts";
import type { Placement } from "./placement.ts";

/** What one policy says of an item. */
export interface Layer {
  readonly policy: CompiledPolicy;
  readonly use: ItemUse;
}

/** What the policies of a place say of each item, the highest priority first. */
export function layersOf(policies: readonly CompiledPolicy[]): ReadonlyMap<string, readonly Layer[]> {
  const layers = new Map<string, Layer[]>();
  for (const policy of policies)
    for (const use of policy.uses) {
      const known = layers.get(use.key);
      if (known === undefined) layers.set(use.key, [{ policy, use }]);
      else known.push({ policy, use });
    }
  return layers;
}

/** The layers that the winner disagrees with at its own priority, itself among them; empty where one wish wins. */
export function disputeIn(layers: readonly Layer[]): readonly Layer[] {
  const winner = layers[0];
  const rivals = layers.filter((layer) => layer.policy.priority === winner?.policy.priority);
  return rivals.some((layer) => winner !== undefined && !isSameWish(layer.use, winner.use)) ? rivals : [];
}

function isSameWish(a: ItemUse, b: ItemUse): boolean {
  return a.drift === b.drift && a.install === b.install && a.onLeave === b.onLeave;
}

/** Why an item with secrets does not go to a device that merely says of itself that it belongs here. */
export function untrustedReason(
  { membership, certain, byReportedUser }: Placement,
  policy: CompiledPolicy,
  secrets: readonly string[],
): string | undefined {
  if (secrets.length === 0 || policy.target.all) return undefined;
  const groups = policy.target.groups.filter((name) => membership.groups.includes(name));
  if (byReportedUser.includes(policy.name))
    return "uses a secret, and who the user is rests on what the device reports";
  if (groups.length === 0 || groups.some((name) => certain.includes(name))) return undefined;
  return `uses a secret, and ${groups.join(", ")} rests on what devices report of themselves: set trustReported: true`;
}
