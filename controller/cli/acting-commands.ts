import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { addBreakerCommands } from "./breaker-commands.ts";
import { attach, type Run } from "./command-tree.ts";
import { addDirectCommands } from "./direct-commands.ts";
import { addEnrollCommands } from "./enroll-commands.ts";
import { resumeScopes, suspendScopes } from "./guard-scopes.ts";
import { addLifecycleCommands } from "./lifecycle-commands.ts";
import { addRolloutCommands } from "./rollout-commands.ts";
import { askingVerb, oneOf, plainFormats } from "./verb.ts";

/** Verbs that tell a daemon to do or to stop something; what they may do is decided there. */
export function addActingCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, approveCommand(run), withdrawCommand(run), suspendCommand(run), resumeCommand(run));
  attach(program, haltCommand(run), unhaltCommand(run), reconcileCommand(run));
  addBreakerCommands(program, run);
  addRolloutCommands(program, run);
  addDirectCommands(program, run);
  addLifecycleCommands(program, run);
  addEnrollCommands(program, run);
}

function approveCommand(run: Run) {
  return askingVerb("approve", plainFormats)
    .description("approve one held act, as it is shown; needs a token of an approver")
    .argument("<digest>", "as shown by reeve holds, such as 7be2-91c4-e0aa")
    .option("--note <text>", "why; kept with the approval")
    .option("--yes", "do not ask")
    .action((digest, options) =>
      run(options, async (session) => (await import("./approve.ts")).approve(session, digest, options)),
    );
}

function withdrawCommand(run: Run) {
  return askingVerb("withdraw", plainFormats)
    .description("end an act for good: what was not sent of it never is")
    .argument(
      "<act>",
      "its name with its generation, such as Operation/lock@1, or its digest while it is held",
    )
    .requiredOption("--reason <text>", "why; kept in the events")
    .action((act, options) =>
      run(options, async (session) => (await import("./withdraw.ts")).withdraw(session, act, options.reason)),
    );
}

function suspendCommand(run: Run) {
  return askingVerb("suspend", plainFormats)
    .description("send only queries to a device, a group or all, or freeze removals, until resumed")
    .argument("<scope>", suspendScopes.join(", "), (value) => oneOf(value, suspendScopes))
    .argument("[name]", "the device or the group")
    .requiredOption("--reason <text>", "why; shown by status and explain")
    .action((scope, name, options) =>
      run(options, async (session) =>
        (await import("./guards.ts")).suspend(session, { scope, name }, options.reason),
      ),
    );
}

function resumeCommand(run: Run) {
  return askingVerb("resume", plainFormats)
    .description("end a suspension, a freeze of removals, observe mode, or the caution after a restore")
    .argument("<scope>", resumeScopes.join(", "), (value) => oneOf(value, resumeScopes))
    .argument("[name]", "the device or the group")
    .action((scope, name, options) =>
      run(options, async (session) => (await import("./guards.ts")).resume(session, { scope, name })),
    );
}

function haltCommand(run: Run) {
  return askingVerb("halt", plainFormats)
    .description("the kill switch: nothing is sent to any device")
    .requiredOption("--reason <text>", "why; shown by status")
    .action((options) =>
      run(options, async (session) => (await import("./guards.ts")).halt(session, options.reason)),
    );
}

function unhaltCommand(run: Run) {
  return askingVerb("unhalt", plainFormats)
    .description("turn the kill switch off")
    .requiredOption("--reason <text>", "why; kept in the events")
    .action((options) =>
      run(options, async (session) => (await import("./guards.ts")).unhalt(session, options.reason)),
    );
}

function reconcileCommand(run: Run) {
  return askingVerb("reconcile", plainFormats)
    .description("read the source now; wake devices, have them report anew, and try again what failed")
    .argument("[device]", "this device")
    .option("--group <name>", "the members of this group")
    .option("--all", "every device, at the allowed rate")
    .action((device, options) =>
      run(options, async (session) => {
        const { group, all } = options;
        return (await import("./guards.ts")).reconcile(session, { device, group, all });
      }),
    );
}
