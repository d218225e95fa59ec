import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, oneOf, plainFormats } from "./verb.ts";

const portals = ["apple-business", "zero-touch", "knox"] as const;

/** Verbs for devices that were retired. */
export function addLifecycleCommands(program: CommandUnknownOpts, run: Run): void {
  attach(program, readmitCommand(run), releaseCommand(run));
}

function readmitCommand(run: Run) {
  return askingVerb("readmit", plainFormats)
    .description("take back that a device is retired: it may enroll again; needs a token of an approver")
    .argument("<device>", "its name, serial number or id")
    .requiredOption("--reason <text>", "why; kept in the events")
    .action((device, options) =>
      run(options, async (session) =>
        (await import("./lifecycle.ts")).readmit(session, device, options.reason),
      ),
    );
}

function releaseCommand(run: Run) {
  return askingVerb("release", plainFormats)
    .description("say that a retired device is out of a portal that would bring it back")
    .argument("<device>", "its name, serial number or id")
    .requiredOption("--portal <portal>", portals.join(", "), (value) => oneOf(value, portals))
    .requiredOption("--reason <text>", "how you know; kept in the events")
    .action((device, options) =>
      run(options, async (session) => {
        const { portal, reason } = options;
        return (await import("./lifecycle.ts")).release(session, device, { portal: String(portal), reason });
      }),
    );
}
