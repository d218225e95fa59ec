import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, plainFormats } from "./verb.ts";

/** Verbs about changes that reach their devices in waves. */
export function addRolloutCommands(program: CommandUnknownOpts, run: Run): void {
  const rollout = askingVerb("rollout", plainFormats).description("changes that reach devices in waves");
  attach(program, rollout);
  attach(rollout, statusCommand(run), ...steps.map(([step, says]) => stepCommand(run, step, says)));
}

const steps = [
  ["pause", "begin no further wave; what devices have stays"],
  ["resume", "go on; what failed before does not count any more. One that was aborted begins again"],
  ["abort", "give all devices back what they had before"],
] as const;

function statusCommand(run: Run) {
  return askingVerb("status", plainFormats)
    .description("how rollouts stand; exit code 1 when one is paused or aborted")
    .argument("[policy]", "this policy's only")
    .option("--all", "also those that are complete")
    .action((policy, options) =>
      run(options, async (session) => (await import("./rollout.ts")).status(session, policy, options.all)),
    );
}

function stepCommand(run: Run, step: (typeof steps)[number][0], says: string) {
  return askingVerb(step, plainFormats)
    .description(says)
    .argument("<policy>", "the policy, as it is called in its manifest")
    .requiredOption("--reason <text>", "why; shown by status and kept in the events")
    .action((policy, options) =>
      run(options, async (session) =>
        (await import("./rollout.ts")).steer(session, step, policy, options.reason),
      ),
    );
}
