import { isUnderWay, type Rollout } from "../core/rollout.ts";
import { abort, pause, resume } from "../core/rollout-layers.ts";
import { UserError } from "../errors.ts";
import { changeRollout } from "../store/rollouts.ts";
import { type Person, say } from "./control.ts";
import type { Looking } from "./view-devices.ts";

export const steps = ["pause", "resume", "abort"] as const;
export type RolloutStep = (typeof steps)[number];

const done = {
  pause: "rollout.paused",
  resume: "rollout.resumed",
  abort: "rollout.aborted",
} as const;

/**
 * Has a person pause a rollout, go on with it, or take back from all devices what it has given; through whatever
 * replica. Throws UserError for one that is not under way or stands so already.
 */
export async function steerRollout(
  looking: Looking,
  policy: string,
  step: RolloutStep,
  reason: string,
  by: Person,
): Promise<{ readonly status: Rollout["status"] }> {
  const at = looking.clock();
  const status = await changeRollout(looking.store, policy, at, (rollout) => {
    if (rollout === undefined || (!isUnderWay(rollout) && rollout.status === "complete"))
      throw notUnderWay(policy);
    if (step === "resume") {
      if (rollout.status === "progressing") throw standsSo(policy, "it is going on");
      return resume(rollout, by.name, at);
    }
    if (rollout.status === "aborted") throw standsSo(policy, "it was aborted");
    if (step === "abort") return abort(rollout, reason, by.name, at);
    if (rollout.status === "paused") throw standsSo(policy, "it is paused");
    return pause(rollout, reason, by.name, at);
  });
  await say(looking, done[step], reason, by, `Policy/${policy}`);
  looking.reconciler.reconsider();
  return { status };
}

function notUnderWay(policy: string): UserError {
  return new UserError("no-such-rollout", `no rollout of Policy/${policy} is under way`, {
    hint: "`reeve rollout status` lists those that are.",
  });
}

function standsSo(policy: string, what: string): UserError {
  return new UserError("rollout-stands", `the rollout of Policy/${policy}: ${what}`);
}
