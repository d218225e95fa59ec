import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, oneOf, plainFormats } from "./verb.ts";

/** What an approver does when something is out of order: alone at night, or after the breaker. */
export function addBreakerCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, breakGlassCommand(run), resetCommand(run));
}

function breakGlassCommand(run: Run) {
  return askingVerb("break-glass", plainFormats)
    .description(
      "approve one held act alone and at once: one device in 24 hours; needs a token of an approver",
    )
    .argument("<digest>", "as shown by reeve holds, such as 7be2-91c4-e0aa")
    .requiredOption("--reason <text>", "why nobody else can be asked; everybody sees it")
    .option("--yes", "do not ask")
    .action((digest, options) =>
      run(options, async (session) => (await import("./approve.ts")).breakGlass(session, digest, options)),
    );
}

function resetCommand(run: Run) {
  return askingVerb("reset", plainFormats)
    .description("lift the breaker, which had stopped all acts by itself; needs a token of an approver")
    .argument("<what>", "breaker", (value) => oneOf(value, ["breaker"] as const))
    .requiredOption("--reason <text>", "what was found out; kept in the events")
    .action((_what, options) =>
      run(options, async (session) => (await import("./guards.ts")).resetBreaker(session, options.reason)),
    );
}
