import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { attach, type Run } from "./command-tree.ts";
import { askingVerb, plainFormats, positive } from "./verb.ts";

/** Verbs below `reeve apple` for the servers of Apple Business and School Manager. */
export function addPortalCommands(apple: CommandUnknownOpts, run: Run): void {
  attach(apple, keyCommand(run), importCommand(run), statusCommand(run));
  attach(apple, devicesCommand(run), assignCommand(run), unassignCommand(run));
}

function devicesCommand(run: Run) {
  return askingVerb("devices", plainFormats)
    .description("the organization's devices in Apple Business or School Manager, with their servers")
    .option("--at <server>", "only those of a server of the portal")
    .option("--unassigned", "only those of no server")
    .option("--fresh", "ask Apple anew, instead of what was read last")
    .action((options) =>
      run(options, async (session) => (await import("./portal-devices.ts")).portalDevices(session, options)),
    );
}

function assignCommand(run: Run) {
  return askingVerb("assign", plainFormats)
    .description("assign devices to a server of the portal")
    .argument("<serials...>", "serial numbers")
    .requiredOption("--to <server>", "the server, by its name or id in the portal")
    .action((serials, options) =>
      run(options, async (session) =>
        (await import("./portal-devices.ts")).assignDevices(session, "assign", {
          serials,
          server: options.to,
        }),
      ),
    );
}

function unassignCommand(run: Run) {
  return askingVerb("unassign", plainFormats)
    .description("take devices from a server of the portal: erased, they enroll nowhere")
    .argument("<serials...>", "serial numbers")
    .requiredOption("--from <server>", "the server, by its name or id in the portal")
    .requiredOption("--count <n>", "how many devices these are", positive)
    .action((serials, options) => {
      const asked = { serials, server: options.from, count: options.count };
      return run(options, async (session) =>
        (await import("./portal-devices.ts")).assignDevices(session, "unassign", asked),
      );
    });
}

function keyCommand(run: Run) {
  return askingVerb("enrollment-key", plainFormats)
    .description("the certificate to upload for a server of Apple Business or School Manager")
    .argument("<server>", "a name for the server, as AutomatedEnrollment manifests use it")
    .action((server, options) =>
      run(options, async (session) =>
        (await import("./enrollment-servers.ts")).enrollmentKey(session, server),
      ),
    );
}

function importCommand(run: Run) {
  return askingVerb("enrollment-import", plainFormats)
    .description("put the token of a server to use, as the portal gave it")
    .argument("<server>", "the name of the server")
    .argument("<token>", "the file that the portal gave, smime.p7m")
    .action((server, token, options) =>
      run(options, async (session) =>
        (await import("./enrollment-servers.ts")).importEnrollmentToken(session, server, token),
      ),
    );
}

function statusCommand(run: Run) {
  return askingVerb("enrollment-status", plainFormats)
    .description("how the servers of Apple Business and School Manager and their devices stand")
    .action((options) =>
      run(options, async (session) => (await import("./enrollment-servers.ts")).enrollmentStatus(session)),
    );
}
