import type { Diagnostic } from "../diagnostic.ts";
import { durationMs, percentOf } from "../duration.ts";
import type { Manifest } from "../manifest.ts";
import type { CheckContext } from "./context.ts";
import { problem } from "./problem.ts";

/** Waves grow up to the whole, and have the time that they ask for. */
export function checkRollouts(context: CheckContext): readonly Diagnostic[] {
  return context.of("Policy").flatMap((policy) => [...waveProblems(policy), ...timeProblems(policy)]);
}

function waveProblems(policy: Manifest<"Policy">): readonly Diagnostic[] {
  const waves = policy.spec.rollout?.waves ?? [];
  const found = waves.flatMap((wave, index) => {
    const before = index === 0 ? "0%" : (waves[index - 1] ?? "0%");
    if (percentOf(wave) > percentOf(before)) return [];
    const message = `wave ${wave} does not come after ${before}`;
    return [
      problem(policy, ["spec", "rollout", "waves", index], {
        rule: "bad-waves",
        message,
        detail: ["Waves are shares of the whole and grow, as in [1%, 10%, 100%]."],
      }),
    ];
  });
  const last = waves.at(-1);
  if (found.length > 0 || last === undefined || percentOf(last) === 1) return found;
  const detail = ["The rest of the devices would never get the change. Add 100%."];
  return [
    problem(policy, ["spec", "rollout", "waves", waves.length - 1], {
      rule: "bad-waves",
      message: `the last wave is ${last}, not 100%`,
      detail,
    }),
  ];
}

function timeProblems(policy: Manifest<"Policy">): readonly Diagnostic[] {
  const { rollout } = policy.spec;
  if (rollout === undefined) return [];
  const soak = rollout.soak ?? "1h";
  const deadline = rollout.deadline ?? "7d";
  if (durationMs(soak) < durationMs(deadline)) return [];
  const detail = ["A wave must be healthy for the soak before the deadline is over."];
  return [
    problem(policy, ["spec", "rollout", rollout.soak === undefined ? "deadline" : "soak"], {
      rule: "bad-rollout",
      message: `soak ${soak} is not shorter than deadline ${deadline}`,
      detail,
    }),
  ];
}
