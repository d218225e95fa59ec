import { equal } from "../core/equal.ts";
import { returnsOf } from "../core/given-back.ts";
import type { Event } from "../core/ledger.ts";
import { isUnderWay, type Rollout, type RolloutLayer } from "../core/rollout.ts";
import { abort, layersAborted, pause, resume } from "../core/rollout-layers.ts";
import { Retry, UserError } from "../errors.ts";
import { engage } from "../store/control.ts";
import { changeRollout } from "../store/rollouts.ts";
import { compareAbort } from "./armed-abort.ts";
import type { Person } from "./control.ts";
import { namedPolicy } from "./named-policy.ts";
import type { Looking } from "./view-devices.ts";

export const steps = ["pause", "resume", "abort"] as const;
export type RolloutStep = (typeof steps)[number];

const done = {
  pause: "rollout.paused",
  resume: "rollout.resumed",
  abort: "rollout.aborted",
} as const;

export interface Steered {
  readonly status: Rollout["status"];
  /** Why `armed` holds the change until two approvers resume. */
  readonly armed?: string;
  /** Of an abort: the revisions whose versions devices return to; an empty one where they have none of the policy. */
  readonly returns?: readonly string[];
  /** Of an abort: versions that failed before, which nobody keeps or returns to. */
  readonly skipped?: readonly { readonly revision: string; readonly failed: string }[];
}

/**
 * Has a person pause a rollout, go on with it, or take back from all devices what it has given; through whatever
 * replica. An abort that would give devices back what they erase themselves by engages `armed` first, as a commit does.
 * Throws UserError for one that is not under way or stands so already, and for a policy that is not declared.
 */
export async function steerRollout(
  looking: Looking,
  given: string,
  step: RolloutStep,
  reason: string,
  by: Person,
): Promise<Steered> {
  const policy = namedPolicy(looking, given);
  const at = looking.clock();
  const change = (rollout: Rollout | undefined): Rollout =>
    changed(rollout, policy, { step, reason, by, at });
  const tell = ({ armed }: Pick<Steered, "armed">): readonly Event[] => {
    const held = armed === undefined ? "" : `; it is held until two approvers resume: ${armed}`;
    const subject = `Policy/${policy}`;
    return [{ type: done[step], at, message: `${reason}${held}`, by: by.name, subject }];
  };
  const steered =
    step === "abort"
      ? await abortCompared(looking, policy, at, { change, tell })
      : { status: (await changeRollout(looking.store, policy, at, change, tell({}))).status };
  looking.reconciler.reconsider();
  return steered;
}

interface Step {
  readonly step: RolloutStep;
  readonly reason: string;
  readonly by: Person;
  readonly at: number;
}

function changed(rollout: Rollout | undefined, policy: string, { step, reason, by, at }: Step): Rollout {
  if (rollout === undefined || (!isUnderWay(rollout) && rollout.status === "complete"))
    throw notUnderWay(policy);
  if (step === "resume") {
    if (rollout.status === "progressing") throw standsSo(policy, "it is going on");
    return resume(rollout, by.name, at);
  }
  if (rollout.status === "aborted")
    throw standsSo(
      policy,
      "it was aborted",
      `Commit the version that its devices should have, or begin this one again: \`reeve rollout resume ${policy} --reason WHY\`.`,
    );
  if (step === "abort") return abort(rollout, reason, by.name, at);
  if (rollout.status !== "paused") return pause(rollout, reason, by.name, at);
  if (rollout.by !== "reeve") throw standsSo(policy, "it is paused");
  // A person's pause stays over the next commit; reeve's own would not.
  const known = rollout.reason === undefined ? "" : `; reeve had paused it: ${rollout.reason}`;
  return pause(rollout, `${reason}${known}`, by.name, at);
}

const mostComparisons = 3;

/** How a rollout is changed, and what is told of it. */
interface Steering {
  readonly change: (rollout: Rollout | undefined) => Rollout;
  readonly tell: (steered: Pick<Steered, "armed">) => readonly Event[];
}

/**
 * Written only as it was compared: a wave that begins in between, or another version, is compared anew. Throws Retry
 * when that goes on.
 */
async function abortCompared(
  looking: Looking,
  policy: string,
  at: number,
  { change, tell }: Steering,
): Promise<Steered> {
  const reasons = new Set<string>();
  for (let turn = 0; turn < mostComparisons; turn++) {
    const { rollout: compared, armed: reason } = await compareAbort(looking, policy, at);
    change(compared);
    // Engaged before anything is given back: whoever sees the one sees the other. It stays when another turn engages nothing.
    if (reason !== undefined) {
      reasons.add(reason);
      await engage(looking.store, { name: "armed", reason, by: "reeve", at });
    }
    const armed = reasons.size === 0 ? {} : { armed: [...reasons].join("; ") };
    const asCompared = (rollout: Rollout | undefined) =>
      equal(rollout?.layers, compared?.layers) ? change(rollout) : undefined;
    const aborted = await changeRollout(looking.store, policy, at, asCompared, tell(armed));
    if (aborted !== undefined)
      return { status: aborted.status, ...armed, ...returnsIn(compared?.layers ?? []) };
  }
  throw new Retry("rollout-moves", `the rollout of Policy/${policy} changes meanwhile: ask again`);
}

function returnsIn(layers: readonly RolloutLayer[]): Pick<Steered, "returns" | "skipped"> {
  const to = returnsOf(layers).map((one) => (one.to.policy === "nothing" ? "" : one.to.revision));
  const left = layersAborted(layers);
  const skipped = layers
    .slice(1)
    .flatMap((one) =>
      one.failed === undefined || left.includes(one) ? [] : [{ revision: one.revision, failed: one.failed }],
    );
  return { returns: [...new Set(to)], ...(skipped.length === 0 ? {} : { skipped }) };
}

function notUnderWay(policy: string): UserError {
  return new UserError("no-such-rollout", `no rollout of Policy/${policy} is under way`, {
    hint: "`reeve rollout status` lists those that are.",
  });
}

function standsSo(policy: string, what: string, hint?: string): UserError {
  const next = hint === undefined ? {} : { hint };
  return new UserError("rollout-stands", `the rollout of Policy/${policy}: ${what}`, next);
}
