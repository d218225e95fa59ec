import type { CompiledPolicy } from "./compiled.ts";
import type { Rollout } from "./rollout.ts";
import { arrive } from "./rollout-layers.ts";

const none = new Set<string>();
const target = { all: true, groups: [], devices: none, users: none, userGroups: none, exclude: undefined };

/** The policy `p` in one of its versions. */
export function version(number: number, line = 1): CompiledPolicy {
  const origin = { file: "p.yaml", line, column: 1 };
  const apple = { id: "a", digest: `d${number}`, scope: "device" as const, secrets: [] };
  const use = { key: "Profile/a", drift: "correct", install: "required", onLeave: "remove" } as const;
  const uses = [{ ...use, forms: { apple }, origin }];
  return { name: "p", priority: 100, target, mode: "enforce", uses, inventory: [], origin };
}

/** The rollout after a commit that brings a version. */
export function commit(rollout: Rollout, number: number, at: number): Rollout {
  return arrive(rollout, { policy: version(number), revision: `r${at}`, at });
}
