import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, plainFormats, positive } from "./verb.ts";

/** The verbs for what devices sent and nobody could read. */
export function addQuarantineCommands(program: CommandUnknownOpts, run: Run): void {
  const quarantine = quarantineCommand(run);
  attach(program, quarantine);
  attach(quarantine, showCommand(run), forgetCommand(run));
}

function quarantineCommand(run: Run) {
  return askingVerb("quarantine", plainFormats)
    .description("messages of devices that could not be read")
    .option("--source <words>", "where they came in, such as checkin or command")
    .option("--limit <number>", "how many", positive)
    .option("--before <id>", "older than this one", positive)
    .action((options) =>
      run(options, async (session) => {
        const { source, limit, before } = options;
        return (await import("./quarantine.ts")).quarantine(session, { source, limit, before });
      }),
    );
}

function showCommand(run: Run) {
  return askingVerb("show", plainFormats)
    .description("one message as text, without what looks like a secret")
    .argument("<id>", "as the list shows it", positive)
    .option("--raw", "its bytes as they came, to the file of --out; needs an operator")
    .action((id, options) =>
      run(options, async (session) =>
        (await import("./quarantine.ts")).showQuarantined(session, id, options.raw === true),
      ),
    );
}

function forgetCommand(run: Run) {
  return askingVerb("forget", plainFormats)
    .description("delete messages by number, or all; needs an operator")
    .argument("[id...]", "as the list shows them", gathered)
    .option("--all", "every message")
    .action((ids, options) =>
      run(options, async (session) =>
        (await import("./quarantine.ts")).forgetQuarantined(session, ids ?? [], options.all === true),
      ),
    );
}

function gathered(value: string, previous: readonly number[] | undefined): readonly number[] {
  return [...(previous ?? []), positive(value)];
}
