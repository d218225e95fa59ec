import type { Compiled } from "../core/compiled.ts";
import { isTargeted, membershipOf } from "../core/membership.ts";
import { isUnderWay, layerAt, positionOf, type Rollout, type RolloutRules, whole } from "../core/rollout.ts";
import { needed, type WaveCounts } from "../core/rollout-judgement.ts";
import { type DeviceRow, listDevices } from "../store/devices.ts";
import type { Store } from "../store/open.ts";
import { countWave } from "./count-wave.ts";
import { namedPolicy } from "./named-policy.ts";
import type { DeviceRollout, RolloutView } from "./rollout-views.ts";
import type { Looking } from "./view-devices.ts";

/**
 * How rollouts stand: those under way or aborted, or with `all` also those that are complete; or one policy's, which is
 * none where it declares no waves. Throws UserError for a policy that is not declared.
 */
export async function viewRollouts(
  looking: Looking,
  which: { readonly policy?: string; readonly all?: boolean } = {},
): Promise<readonly RolloutView[]> {
  const asked = which.policy === undefined ? undefined : namedPolicy(looking, which.policy);
  const found = [...looking.reconciler.rollouts.all().values()].filter(({ policy, layers, status }) => {
    if (asked !== undefined) return policy === asked;
    return which.all === true || layers.length > 1 || status !== "complete";
  });
  const views: RolloutView[] = [];
  for (const one of found) views.push(await viewOne(looking, one));
  return views;
}

/** A policy that declares no waves any more keeps none. */
const noRules: RolloutRules = { waves: [1], soakMs: 0, maxFailed: 0, minReports: 1, deadlineMs: 0 };

async function viewOne(looking: Looking, rollout: Rollout): Promise<RolloutView> {
  const { reconciler, store, clock } = looking;
  const compiled = reconciler.current()?.compiled;
  const rules = rulesOf(compiled, rollout);
  const share = rollout.layers[0]?.share ?? 0;
  const isJudged = isUnderWay(rollout) && share > 0 && compiled !== undefined;
  const counts = isJudged
    ? await named(
        store,
        await countWave(store, reconciler.statesOf(reconciler.rollouts.over(compiled)), rollout, clock()),
      )
    : undefined;
  return {
    policy: rollout.policy,
    status: rollout.status,
    wave: rules.waves.filter((wave) => wave <= share).length,
    waves: rules.waves,
    share,
    soakMs: rules.soakMs,
    soakLeftMs: Math.max(0, rules.soakMs - rollout.soakedMs),
    deadlineMs: rules.deadlineMs,
    maxFailed: rules.maxFailed,
    elapsedMs: rollout.elapsedMs,
    ...(counts === undefined ? {} : { counts, needed: needed(rules, counts) }),
    ...(rollout.reason === undefined ? {} : { reason: rollout.reason }),
    by: rollout.by,
    since: rollout.since,
    versions: rollout.layers.map(({ version, revision, since, share: reached, failed }) => ({
      version: version.slice(0, 12),
      revision,
      since,
      share: reached,
      ...(failed === undefined ? {} : { failed }),
    })),
  };
}

/** The first device that failed, by the name that people know. */
async function named(store: Store, counts: WaveCounts): Promise<WaveCounts> {
  if (counts.device === undefined) return counts;
  const [row] = await listDevices(store, { ids: [counts.device], limit: 1 });
  return { ...counts, device: row?.alias ?? row?.serial ?? counts.device };
}

function rulesOf(compiled: Compiled | undefined, { policy }: Rollout): RolloutRules {
  return compiled?.policies.find(({ name }) => name === policy)?.rollout ?? noRules;
}

/** How a device stands in the rollouts under way of policies that it has, or is to have. */
export function deviceRollouts(
  { reconciler }: Looking,
  device: Pick<DeviceRow, "id" | "facts" | "named" | "granted">,
): readonly DeviceRollout[] {
  const compiled = reconciler.current()?.compiled;
  const open = [...reconciler.rollouts.all().values()].filter(isUnderWay);
  if (compiled === undefined || open.length === 0) return [];
  const has = new Set(device.granted?.body.items.map((item) => item.policy));
  const membership = membershipOf(compiled, device, device.granted?.body.groups);
  const targets = compiled.policies.filter(({ target }) => isTargeted(target, device, membership));
  const names = new Set([...has, ...targets.map(({ name }) => name)]);
  const mine = open.filter(({ policy }) => names.has(policy));
  return mine.map((rollout) => {
    const position = positionOf(rollout.seed, device.id);
    const index = layerAt(rollout.layers, position);
    const layer = rollout.layers[index];
    const has = layer === undefined || layer.policy === "nothing" ? {} : { revision: layer.revision };
    return {
      policy: rollout.policy,
      status: rollout.status,
      sees: index === 0 ? "newest" : "older",
      ...has,
      ...(index === 0 ? {} : waveOf(rulesOf(compiled, rollout), rollout, position)),
    };
  });
}

/** The wave that brings the newest version to a position; where waves end is counted when each begins. */
function waveOf({ waves }: RolloutRules, { layers }: Rollout, position: number): Partial<DeviceRollout> {
  const share = layers[0]?.share ?? 0;
  const left = waves.filter((wave) => wave > share);
  const to = left.find((wave) => position < wave * whole) ?? left.at(-1);
  if (to === undefined) return {};
  const index = waves.indexOf(to);
  return {
    wave: index + 1,
    from: waves[index - 1] ?? 0,
    to,
    ...(left.length > 1 ? { about: true } : {}),
  };
}
